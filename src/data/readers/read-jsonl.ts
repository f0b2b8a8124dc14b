import { ParrotletError } from "../../base/index.ts";
import type { FileToRead, Format, Head } from "./format.ts";
import { itemsOf, LONGEST_RECORD, parseJson, type RawRecord, shapeOfFirst } from "./records.ts";

/** A value of JSON on each line. */
export const jsonl: Format = {
  id: "jsonl",
  about: "JSONL",
  endings: [".jsonl", ".ndjson", ".jsonlines"],
  recognises: (head) => (hasJsonLines(head) ? 0.85 : 0),
  contents: (file) => shapeOfFirst(file, records(file)),
  read: (file) => itemsOf(file, records(file)),
};

/** Whether the first two lines are objects or lists of JSON; where the name says so, one of the first lines. */
function hasJsonLines({ text, whole, ending }: Head): boolean {
  const lines = text.split("\n", 200);
  const complete = whole || lines.length === 200 ? lines : lines.slice(0, -1);
  const filled = complete.filter((line) => line.trim() !== "");
  if (jsonl.endings.includes(ending)) return filled.slice(0, 5).some(isJson);
  return filled.length > 1 && filled.slice(0, 2).every(isJson);
}

function isJson(line: string): boolean {
  if (!/^\s*[{[]/.test(line)) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

async function* records(file: FileToRead): AsyncGenerator<readonly RawRecord[], void> {
  let [rest, line] = ["", 1];
  for await (const { text, broken, last } of file.text()) {
    const lines = (rest + text).split("\n");
    rest = last ? "" : (lines.pop() ?? "");
    if (rest.length > LONGEST_RECORD) {
      throw new ParrotletError(
        "data-unreadable",
        `${file.source.name}, line ${line + lines.length}: the line is longer than 64 million characters. Put each record on a line of its own.`,
      );
    }
    const batch: RawRecord[] = [];
    for (const each of lines) {
      if (each.trim() !== "") {
        const value = parseJson(each, line, broken, file);
        if (value !== undefined) batch.push({ line, value });
      }
      line++;
    }
    yield batch;
  }
}
