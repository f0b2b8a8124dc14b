import { resolve } from "node:path";
import type { CorpusKind, MadeItem } from "../../data/index.ts";
import { FileWriter } from "./file-writer.ts";

/** The file of each kind. Stories are apart as readers of text know it, sentences by lines. */
const FILES: Readonly<Record<CorpusKind, string>> = {
  sentences: "sentences.txt",
  stories: "stories.txt",
  questions: "questions.jsonl",
  conversations: "conversations.jsonl",
};
const BETWEEN_STORIES = "<|endoftext|>\n";

/** A record of what was made, as JSONL has it: `text`, or `messages` with their roles; and its skills. */
export function recordOf({ skills, item }: MadeItem): Record<string, unknown> {
  if (item.kind === "text") return { text: item.text, ...(skills.length > 0 && { skills }) };
  return { messages: item.messages.map(({ role, text }) => ({ role, content: text })), skills };
}

/** The text that was made as files of a folder, one for each kind. They appear when all are whole. */
export class MadeFiles {
  readonly #folder: string;
  readonly #writers = new Map<CorpusKind, FileWriter>();

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async write(made: MadeItem): Promise<void> {
    let writer = this.#writers.get(made.kind);
    const first = writer === undefined;
    writer ??= await FileWriter.open(resolve(this.#folder, FILES[made.kind]));
    this.#writers.set(made.kind, writer);
    await writer.write(linesOf(made, first));
  }

  async finish(): Promise<{ path: string; bytes: number }[]> {
    const writers = [...this.#writers.values()];
    for (const writer of writers) await writer.finish();
    return writers.map(({ path, bytes }) => ({ path, bytes }));
  }

  async discard(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.discard();
  }
}

function linesOf(made: MadeItem, first: boolean): string {
  const { kind, item } = made;
  if (item.kind !== "text") return `${JSON.stringify(recordOf(made))}\n`;
  return kind === "stories" && !first ? `${BETWEEN_STORIES}${item.text}\n` : `${item.text}\n`;
}
