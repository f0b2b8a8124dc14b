import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import { ParrotletError, shown } from "../../base/index.ts";
import { isTimes } from "../corpus.ts";
import type { FileToRead, Format } from "./format.ts";
import { isMessage } from "./messages.ts";
import { itemsOf, type RawRecord, shapeOfFirst } from "./records.ts";

/** Largest file in bytes: it is parsed as a whole, and the parser takes some hundred times the file's size. */
const LARGEST = 1 << 25;

/**
 * Questions and answers that people write by hand: a list of `{ question, answer }` or of lists of what is said in turn, at the top
 * or under `conversations`, there also by category. `times` says how many times one counts.
 */
export const yaml: Format = {
  id: "yaml",
  about: "YAML",
  endings: [".yaml", ".yml"],
  recognises: ({ ending }) => (yaml.endings.includes(ending) ? 0.5 : 0),
  contents: (file) => shapeOfFirst(file, records(file)),
  read: (file) => itemsOf(file, records(file)),
};

type Node = ParsedNode | null;

async function* records(file: FileToRead): AsyncGenerator<readonly RawRecord[], void> {
  if (file.source.size > LARGEST) {
    const size = Math.round(file.source.size / 2 ** 20);
    throw new ParrotletError(
      "data-unreadable",
      `${file.source.name} is ${size} MiB of YAML; at most 32 are read. Convert it to JSONL.`,
    );
  }
  let text = "";
  for await (const chunk of file.text()) text += chunk.text;
  const lineCounter = new LineCounter();
  for (const document of parsed(text, lineCounter, file)) {
    for (const error of document.errors) {
      file.problems.add(error.linePos?.[0].line ?? 1, `this is not YAML: ${error.message.split("\n")[0]}`);
    }
    yield new YamlRecords(document, lineCounter, file).in(document.contents as Node);
  }
}

/** Scalars are as they are written: an answer of `yes` or `2` is text. */
function parsed(text: string, lineCounter: LineCounter, file: FileToRead): readonly Document.Parsed[] {
  try {
    const documents = parseAllDocuments(text, { lineCounter, schema: "failsafe" });
    return "empty" in documents ? [] : documents;
  } catch (cause) {
    const message = `${file.source.name} is YAML of more lists within lists than can be read. Is it meant as data?`;
    throw new ParrotletError("data-unreadable", message, { cause });
  }
}

/** Finds the records of a document. */
class YamlRecords {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: FileToRead;

  constructor(document: Document, lines: LineCounter, file: FileToRead) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  in(root: Node): RawRecord[] {
    if (isSeq(root)) return this.#list(root.items as Node[]);
    if (isMap(root)) return this.#list(this.#nodesOf(root));
    if (isScalar(root) && root.value !== "") {
      const message = "this is no list. Write `- question: ...`, with `answer: ...` below it.";
      this.#file.problems.add(this.#line(root), message);
    }
    return [];
  }

  /** The records of a map: those of a list in it, or of its categories; else it is one itself, as with a list of messages. */
  #nodesOf(root: YAMLMap): Node[] {
    for (const name of ["conversations", "data", "messages", "items"]) {
      const found = root.get(name, true) as unknown;
      if (isMap(found)) {
        return found.items.flatMap(({ value }) => (isSeq(value) ? value.items : [value]) as Node[]);
      }
      const first = isSeq(found) ? (found.items[0] as Node) : null;
      if (isSeq(found) && !isScalar(first) && !isMessage(this.#value(first))) return found.items as Node[];
    }
    return [root as Node];
  }

  #list(nodes: readonly Node[]): RawRecord[] {
    const texts = isScalar(nodes[0]);
    return nodes.flatMap((node) => {
      const [line, value] = [this.#line(node), this.#value(node)];
      if (value === undefined) return [];
      if (isScalar(node) && !texts) {
        const message = `${shown(value)} stands among conversations, but is none. Write it as { question: ..., answer: ... }.`;
        this.#file.problems.add(line, message);
        return [];
      }
      const times = isMap(node) ? (value as { times?: unknown }).times : undefined;
      return [{ line, value, ...(isTimes(times) ? { times: Number(times) } : {}) }];
    });
  }

  /** As plain values; `undefined`, and a problem, where names for parts (`*name`) stand for nothing or for too much. */
  #value(node: Node): unknown {
    if (node === null) return null;
    try {
      return isAlias(node)
        ? node.resolve(this.#document)?.toJS(this.#document, { maxAliasCount: 100 })
        : node.toJS(this.#document, { maxAliasCount: 100 });
    } catch (error) {
      this.#file.problems.add(this.#line(node), `${(error as Error).message}. Write it without * and &.`);
      return undefined;
    }
  }

  #line(node: Node): number {
    return node?.range ? this.#lines.linePos(node.range[0]).line : 1;
  }
}
