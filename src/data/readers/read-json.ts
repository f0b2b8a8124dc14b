import { ParrotletError, shown } from "../../base/index.ts";
import type { FileToRead, Format, Head } from "./format.ts";
import { type JsonPart, JsonSplitter } from "./json-splitter.ts";
import { isMessage } from "./messages.ts";
import { isRecord } from "./record-shapes.ts";
import { itemsOf, LONGEST_RECORD, parseJson, type RawRecord, shapeOfFirst } from "./records.ts";

/** A list of records, an object that holds one, or an object of records by name. Lists of any length are read piece by piece. */
export const json: Format = {
  id: "json",
  about: "JSON",
  endings: [".json"],
  recognises: (head) => (looksLikeJson(head) ? 0.8 : 0),
  contents: (file) => shapeOfFirst(file, records(file)),
  read: (file) => itemsOf(file, records(file)),
};

/** Whether the beginning is that of a list or an object, and the first part of it can be parsed, if it ends there. */
function looksLikeJson({ text, ending }: Head): boolean {
  if (!/^\s*(\[\s*(["[{\]]|-?\d|true|false|null)|\{\s*["}])/.test(text)) return false;
  const [first] = new JsonSplitter().feed(text);
  if (!first) return ending === ".json";
  try {
    JSON.parse(first.text);
    return true;
  } catch {
    return false;
  }
}

interface ParsedPart extends JsonPart {
  readonly value: unknown;
}

async function* records(file: FileToRead): AsyncGenerator<readonly RawRecord[], void> {
  const splitter = new JsonSplitter();
  const chooser = new RecordChooser();
  for await (const { text, broken } of file.text()) {
    const parts = splitter.feed(text);
    yield parts.flatMap((part) => {
      const value = parseJson(part.text, part.line, broken, file);
      return value === undefined ? [] : chooser.choose({ ...part, value });
    });
    if (splitter.waiting > LONGEST_RECORD) {
      throw new ParrotletError(
        "data-unreadable",
        `${file.source.name}, line ${splitter.line}: what begins here is longer than 64 million characters. Is a quote or a bracket missing?`,
      );
    }
  }
  yield chooser.rest();
  const start = file.head.text.trimStart();
  if (!/^[[{"]/.test(start))
    file.problems.add(1, `this is not JSON: it begins with ${shown(start.slice(0, 60))}.`);
  if (splitter.more)
    file.problems.add(
      splitter.line,
      "there is more after the end of the JSON; it is not read. Is this JSONL?",
    );
  if (splitter.open) {
    file.problems.add(
      splitter.line,
      "the file ends within a record: it was cut short. Copy or fetch it again.",
    );
  }
}

/** Members that hold a list of texts rather than something about them. */
const TEXT_LISTS = ["data", "texts", "sentences", "stories", "documents", "rows", "items"];

/** Decides which parts of a JSON text are records: elements and members, or all of it together. */
class RecordChooser {
  /** What is not a record by itself, for the case that the whole text is one. */
  #members = new Map<string, unknown>();
  #line = 1;
  #found = false;

  choose(part: ParsedPart): RawRecord[] {
    const { value, key } = part;
    if (isMessage(value) && !this.#found) return this.#keep(part);
    if (key === undefined) return this.#record(part);
    if (!part.element) return isRecord(value) ? this.#record(part) : this.#keep(part);
    if (typeof value === "string" ? TEXT_LISTS.includes(key) : typeof value === "object")
      return this.#record(part);
    return this.#keep(part);
  }

  /** What is left at the end: a text that is one record. */
  rest(): RawRecord[] {
    if (this.#found || this.#members.size === 0) return [];
    const list = this.#members.get("");
    return [{ line: this.#line, value: list ?? Object.fromEntries(this.#members) }];
  }

  #record({ line, value }: ParsedPart): RawRecord[] {
    this.#found = true;
    this.#members.clear();
    return [{ line, value }];
  }

  #keep({ key = "", element, value, line }: ParsedPart): RawRecord[] {
    if (this.#found) return [];
    if (this.#members.size === 0) this.#line = line;
    const list = this.#members.get(key);
    if (key !== "" && !element) this.#members.set(key, value);
    else if (Array.isArray(list)) list.push(value);
    else this.#members.set(key, [value]);
    return [];
  }
}
