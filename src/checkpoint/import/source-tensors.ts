import { type ByteSource, decodeText, ParrotletError, shown } from "../../base/index.ts";
import { dataStartOf, readEntries, type TensorEntry } from "../safetensors-header.ts";
import { type ModelSource, neededFile, readObject } from "./model-source.ts";

/** One tensor of a folder, not read yet: the bytes of `file` from `from` to before `to`. */
export interface SourceTensor extends TensorEntry {
  readonly file: ByteSource;
  readonly dtype: "F32" | "F16" | "BF16";
}

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
/** Not every one of them can run code, but none is read. */
const OTHERS = /^(pytorch_model.*\.bin(\.index\.json)?|.*\.(pt|pth|ckpt|pickle|h5|msgpack|gguf|onnx))$/;

/**
 * The tensors of a folder's safetensors files by their names: one file, or several with their index.
 *
 * @param isNeeded Which are to hold numbers of 16 or 32 bits; others are left out.
 * @throws {ParrotletError} `import-refused`, `safetensors-invalid`, `checkpoint-missing-file`, `config-invalid`.
 */
export async function sourceTensors(
  source: ModelSource,
  isNeeded: (name: string) => boolean,
): Promise<Map<string, SourceTensor>> {
  const index = source.files.has(SINGLE) ? undefined : await readIndex(source);
  const tensors = new Map<string, SourceTensor>();
  for (const name of new Set(index?.values() ?? [SINGLE])) {
    const file = neededFile(source, name);
    for (const entry of await entriesOf(file)) {
      if (isNeeded(entry.name)) add(tensors, entry, file);
    }
  }
  for (const [name, file] of index ?? []) {
    if (isNeeded(name) && tensors.get(name)?.file !== source.files.get(file))
      refuse(neededFile(source, INDEX), `it says that tensor ${shown(name)} is in ${file}, but it is not.`);
  }
  return tensors;
}

function add(tensors: Map<string, SourceTensor>, entry: TensorEntry, file: ByteSource): void {
  const { name, dtype } = entry;
  const other = tensors.get(name);
  if (other) refuse(file, `tensor ${name} is in ${other.file.name} too.`);
  if (dtype === "I8" || dtype === "I64") {
    refuse(file, `tensor ${name} is ${dtype}; F32, F16 and BF16 are brought in.`);
  } else {
    tensors.set(name, { ...entry, dtype, file });
  }
}

/** The file of each tensor. Names that are paths are no files of the folder. */
async function readIndex(source: ModelSource): Promise<Map<string, string>> {
  const index = await readObject(source, INDEX);
  if (!index) throw withoutWeights(source);
  const { weight_map: map } = index;
  const { name } = neededFile(source, INDEX);
  const wrong = (problem: string): ParrotletError =>
    new ParrotletError("config-invalid", `${name}: ${problem}`);
  if (typeof map !== "object" || map === null || Array.isArray(map))
    throw wrong(`weight_map is ${shown(map)}; it must say in which file each tensor is.`);
  return new Map(
    Object.entries(map).map(([tensor, file]: [string, unknown]) => {
      if (typeof file === "string" && /^[\w][\w.-]*\.safetensors$/.test(file)) return [tensor, file];
      throw wrong(
        `tensor ${shown(tensor)} is said to be in ${shown(file)}; it must be a safetensors file of this folder.`,
      );
    }),
  );
}

function withoutWeights(source: ModelSource): ParrotletError {
  const other = [...source.files.keys()].find((name) => OTHERS.test(name));
  if (!other) {
    const message = `${source.name} has neither ${SINGLE} nor ${INDEX}, so that there are no weights to bring in.`;
    return new ParrotletError("checkpoint-missing-file", message);
  }
  const why = /\.(bin|pt|pth|ckpt|pickle)$/.test(other)
    ? "opening it can run code that somebody put into it"
    : "only safetensors files are";
  const message =
    `${source.name} has its weights in ${other}, which is not read: ${why}. Take the model's safetensors files, or convert it with ` +
    "Python, where you trust it: from transformers import AutoModelForCausalLM as M; " +
    `M.from_pretrained(${JSON.stringify(source.name)}).save_pretrained("converted")`;
  return new ParrotletError("import-refused", message);
}

const refuse = (file: ByteSource, problem: string): never => {
  throw new ParrotletError("safetensors-invalid", `${file.name}: ${problem}`);
};

/** What the header of a file says. */
async function entriesOf(file: ByteSource): Promise<TensorEntry[]> {
  const wrong = (problem: string): never => refuse(file, problem);
  const start = dataStartOf(await file.read(0, Math.min(8, file.size)), file.size, wrong);
  return readEntries(decodeText(await file.read(8, start)), start, file.size, wrong);
}
