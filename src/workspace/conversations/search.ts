import { type MessageRecord, recordsOfLines } from "../../chat/index.ts";

/** A message in which all words are. */
export interface ConversationHit {
  readonly conversation: string;
  readonly message: string;
  readonly role: MessageRecord["role"];
  /** What stands around the first word, on one line. */
  readonly snippet: string;
}

/** So many words of a query are looked for. */
const MOST_WORDS = 16;
/** Letters of a snippet before and after where the first word begins. */
const [BEFORE, AFTER] = [40, 80];

/** The words of a query, each as it is compared. */
export const wordsOf = (query: string): string[] =>
  [...new Set(folded(query).split(/\s+/).filter(Boolean))].slice(0, MOST_WORDS);

/** Whether a file may hold what is looked for, by its text alone: parsing is for those that do. */
export function mayHold(file: string, words: readonly string[]): boolean {
  const all = folded(file);
  return words.every((word) => all.includes(JSON.stringify(word).slice(1, -1)));
}

/** The messages of a file in which all words are, in any version, the newest first. */
export function hitsIn(id: string, file: string, words: readonly string[], most: number): ConversationHit[] {
  const hits: ConversationHit[] = [];
  for (const record of recordsOfLines(file, id).reverse()) {
    if (hits.length >= most) break;
    if (record.type !== "message") continue;
    const text = folded(record.text);
    if (words.every((word) => text.includes(word)))
      hits.push({
        conversation: id,
        message: record.id,
        role: record.role,
        snippet: snippetOf(record.text, words),
      });
  }
  return hits;
}

/** Letters as they are compared: upper and lower case are one, however accents are written. */
const folded = (text: string): string => text.normalize("NFC").toLowerCase().replaceAll("ς", "σ");

function snippetOf(text: string, words: readonly string[]): string {
  const characters = [...text.normalize("NFC")];
  const found = folded(text).indexOf(words[0] ?? "");
  // A letter may be two in lower case, so places are counted in those.
  let [at, folds] = [0, 0];
  while (folds < found && at < characters.length) folds += folded(characters[at++] ?? "").length;
  const [from, to] = [Math.max(0, at - BEFORE), Math.min(characters.length, at + AFTER)];
  const around = characters.slice(from, to).join("").replaceAll(/\s+/g, " ").trim();
  return `${from > 0 ? "…" : ""}${around}${to < characters.length ? "…" : ""}`;
}
