import { type ByteSource, decodeText, ParrotletError, shown } from "../../base/index.ts";
import { parseObject } from "../config-file.ts";

/** A folder with somebody's model: its files by their names, of which nothing is read yet. */
export interface ModelSource {
  /** How a person would name the folder, for messages. */
  readonly name: string;
  readonly files: ReadonlyMap<string, ByteSource>;
}

/** More than the largest `tokenizer.json` has. */
const MOST_TEXT = 1 << 28;

/** A text file of the folder, whole; `undefined` where there is none. @throws {ParrotletError} `config-invalid` where it is too large. */
export async function readText({ files }: ModelSource, name: string): Promise<string | undefined> {
  const file = files.get(name);
  if (!file) return undefined;
  if (file.size > MOST_TEXT) {
    const message = `${file.name} has ${file.size} bytes; more than ${MOST_TEXT} are not read.`;
    throw new ParrotletError("config-invalid", message);
  }
  return decodeText(await file.read(0, file.size));
}

/** A file that must be there. @throws {ParrotletError} `checkpoint-missing-file`. */
export function neededFile({ name, files }: ModelSource, file: string): ByteSource {
  const found = files.get(file);
  if (found) return found;
  const message = `${name} has no ${file}. It holds ${[...files.keys()].slice(0, 20).join(", ") || "nothing"}.`;
  throw new ParrotletError("checkpoint-missing-file", message);
}

/** A file that holds one JSON object; `undefined` where there is none. */
export async function readObject(
  source: ModelSource,
  name: string,
): Promise<Record<string, unknown> | undefined> {
  const text = await readText(source, name);
  return text === undefined
    ? undefined
    : parseObject(new TextEncoder().encode(text), source.files.get(name)?.name ?? shown(name));
}
