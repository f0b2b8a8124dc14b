import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { isTimes, MOST_TIMES, type Pair, type Problem, type RawCorpus, type TrainingPair } from "./corpus.ts";

type Node = ParsedNode | null;

/**
 * Reads a corpus in YAML: either a list of `{ question, answer }`, or `title`, `conversations` (a list, or lists by
 * category), `exam` (questions) and `unseen` (pairs). A pair may say `times`, how many rows it makes.
 */
export function readYaml(text: string): RawCorpus {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      line: error.linePos?.[0].line ?? 1,
      message: `this is not YAML: ${error.message.split("\n")[0]}`,
    }));
    return { pairs: [], problems };
  }
  return new YamlReader(lineCounter).read(document.contents);
}

class YamlReader {
  readonly #lines: LineCounter;
  readonly #problems: Problem[] = [];

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  read(root: Node): RawCorpus {
    if (!isMap(root)) return { pairs: this.#pairs(root, undefined), problems: this.#problems };
    const fields = this.#fields(root, ["title", "conversations", "exam", "unseen"]);
    const conversations = fields.get("conversations") ?? null;
    const pairs = isMap(conversations)
      ? conversations.items.flatMap(({ key, value }) =>
          this.#pairs(value as Node, this.#text(key as Node, "a category")),
        )
      : this.#pairs(conversations, undefined);
    const [exam, unseen] = [fields.get("exam"), fields.get("unseen")];
    return {
      title: fields.has("title") ? this.#text(fields.get("title") ?? null, "title") : undefined,
      pairs,
      exam: exam ? this.#questions(exam) : undefined,
      unseen: unseen ? this.#pairs(unseen, undefined) : undefined,
      problems: this.#problems,
    };
  }

  #pairs(node: Node, category: string | undefined): TrainingPair[] {
    return this.#list(node, category ?? "conversations").flatMap((item) => {
      const line = this.#line(item);
      if (!isMap(item)) {
        this.#problems.push({ line, message: "this must be { question: ..., answer: ... }." });
        return [];
      }
      const fields = this.#fields(item, ["question", "answer", "times"]);
      const pair: Pair = {
        question: this.#text(fields.get("question") ?? null, "question", line),
        answer: this.#text(fields.get("answer") ?? null, "answer", line),
      };
      const times = fields.has("times") ? Number(this.#text(fields.get("times") ?? null, "times")) : 1;
      if (isTimes(times)) return [{ ...pair, category, times, line }];
      this.#problems.push({ line, message: `times must be a whole number from 1 to ${MOST_TIMES}.` });
      return [];
    });
  }

  #questions(node: Node): { question: string; line: number }[] {
    return this.#list(node, "exam").map((item) => ({
      question: this.#text(item, "a question"),
      line: this.#line(item),
    }));
  }

  #list(node: Node, name: string): Node[] {
    if (isSeq(node)) return node.items as Node[];
    this.#problems.push({ line: this.#line(node), message: `${name} must be a list.` });
    return [];
  }

  /** The values of a map by key; other keys than `known` are problems. */
  #fields(
    map: { items: readonly { key: unknown; value: unknown }[] },
    known: readonly string[],
  ): Map<string, Node> {
    const fields = new Map<string, Node>();
    for (const { key, value } of map.items) {
      const name = this.#text(key as Node, "a key");
      if (known.includes(name)) fields.set(name, value as Node);
      else {
        const message = `${JSON.stringify(name)} is not known here; ${known.join(", ")} are.`;
        this.#problems.push({ line: this.#line(key as Node), message });
      }
    }
    return fields;
  }

  /** A scalar as it is written, so that an answer of `2` or `yes` is text. */
  #text(node: Node, name: string, line = this.#line(node)): string {
    if (isScalar(node) && node.value !== null) {
      return typeof node.value === "string" ? node.value : String(node.source);
    }
    const found = node === null || isScalar(node) ? "missing" : isAlias(node) ? "an alias" : "not text";
    this.#problems.push({ line, message: `${name} is ${found}.` });
    return "?";
  }

  #line(node: Node): number {
    return node?.range ? this.#lines.linePos(node.range[0]).line : 1;
  }
}
