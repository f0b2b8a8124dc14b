import { HashTable } from "../hashing/hash-table.ts";
import { WordWindows } from "../hashing/word-windows.ts";
import { utf8Length } from "../store/utf8-length.ts";
import { CORPUS_KINDS, type CorpusKind, type MadeItem } from "./make-items.ts";

/** How many there are, and how many of them differ. */
interface Distinct {
  readonly all: number;
  readonly distinct: number;
}

/** What text that was made is like. Case and punctuation never make a difference. Plain data. */
export interface MadeReport {
  /** UTF-8 bytes of text. */
  readonly bytes: number;
  readonly kinds: readonly { readonly kind: CorpusKind; readonly items: number; readonly bytes: number }[];
  /** The most frequent first, each with its items of each kind. An item of several skills counts for each of them. */
  readonly skills: readonly SkillCounts[];
  readonly sentences: Distinct;
  readonly words: Distinct;
  /** Different words without those of users, who make mistakes as they type. */
  readonly vocabulary: number;
  /** Runs of four words within a text or a message. */
  readonly fourGrams: Distinct;
}

interface SkillCounts {
  readonly skill: string;
  readonly items: number;
  readonly kinds: Readonly<Partial<Record<CorpusKind, number>>>;
}

const ENDS = /[.!?\n]+/;

/**
 * Counts text as it is made. Sentences, words and runs of words are told apart by hashes of 64 bits, in 11 to 23 bytes for each that
 * differs.
 */
export class MadeStatistics {
  readonly #kinds = new Map<CorpusKind, { items: number; bytes: number }>();
  readonly #skills = new Map<string, Partial<Record<CorpusKind, number>>>();
  readonly #tables = { sentences: new HashTable(), words: new HashTable(), fourGrams: new HashTable() };
  readonly #vocabulary = new HashTable();
  readonly #all = { sentences: 0, words: 0, fourGrams: 0 };
  readonly #one = new WordWindows(1);
  readonly #four = new WordWindows(4);

  /** Gives the UTF-8 bytes of the item's text. */
  add({ kind, skills, item }: MadeItem): number {
    let bytes = 0;
    for (const { role, text } of item.kind === "text" ? [{ ...item, role: "" }] : item.messages) {
      bytes += utf8Length(text);
      this.#addText(text, role === "user");
    }
    const counts = this.#kinds.get(kind) ?? { items: 0, bytes: 0 };
    counts.items++;
    counts.bytes += bytes;
    this.#kinds.set(kind, counts);
    for (const skill of new Set(skills)) {
      const own = this.#skills.get(skill) ?? {};
      own[kind] = (own[kind] ?? 0) + 1;
      this.#skills.set(skill, own);
    }
    return bytes;
  }

  report(): MadeReport {
    const kinds = CORPUS_KINDS.flatMap((kind) => {
      const counts = this.#kinds.get(kind);
      return counts ? [{ kind, ...counts }] : [];
    });
    const distinct = (of: "sentences" | "words" | "fourGrams"): Distinct => ({
      all: this.#all[of],
      distinct: this.#tables[of].size,
    });
    return {
      bytes: kinds.reduce((sum, { bytes }) => sum + bytes, 0),
      kinds,
      skills: [...this.#skills]
        .map(([skill, own]) => ({
          skill,
          items: Object.values(own).reduce((sum, items) => sum + items, 0),
          kinds: { ...own },
        }))
        .sort((a, b) => b.items - a.items),
      sentences: distinct("sentences"),
      words: distinct("words"),
      vocabulary: this.#vocabulary.size,
      fourGrams: distinct("fourGrams"),
    };
  }

  #addText(text: string, byUser: boolean): void {
    const { sentences, words, fourGrams } = this.#tables;
    this.#one.reset();
    this.#one.roll(text, (word) => {
      this.#all.words++;
      words.add(word);
      if (!byUser) this.#vocabulary.add(word);
    });
    this.#four.reset();
    for (const sentence of text.split(ENDS)) {
      if (sentence.trim() === "") continue;
      this.#all.sentences++;
      const hash = this.#four.roll(sentence, (window) => {
        this.#all.fourGrams++;
        fourGrams.add(window);
      });
      sentences.add(hash);
    }
  }
}
