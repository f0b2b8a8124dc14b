import { aloneTable, foldTable, SPACE } from "../hashing/fold.ts";

/** What a text, or many, are made of. */
export interface TextCounts {
  /** Code points. */
  readonly characters: number;
  /** Of UTF-8. */
  readonly bytes: number;
  /** Runs of letters and digits, and single characters of scripts that write no spaces. */
  readonly words: number;
  readonly distinctCharacters: number;
}

/** Counts over many texts, in memory for one bit a code point: 140 KB. */
export class TextCounter {
  readonly #known = new Uint8Array(0x110000 / 8);
  readonly #counts = { characters: 0, bytes: 0, words: 0, distinctCharacters: 0 };

  /** Gives the characters of this text. */
  add(text: string): number {
    const [table, stands, counts] = [foldTable("words"), aloneTable(), this.#counts];
    let [characters, bytes, words, inWord] = [0, 0, 0, false];
    for (let i = 0; i < text.length; i++) {
      const code = text.codePointAt(i) ?? 0;
      if (code > 0xffff) i++;
      characters++;
      bytes += bytesOf(code);
      this.#see(code);
      const unit = code > 0xffff ? code : (table[code] ?? SPACE);
      const single = unit > 127 && unit <= 0xffff && stands[unit] === 1;
      if (unit !== SPACE && (single || !inWord)) words++;
      inWord = unit !== SPACE && !single;
    }
    counts.characters += characters;
    counts.bytes += bytes;
    counts.words += words;
    return characters;
  }

  report(): TextCounts {
    return { ...this.#counts };
  }

  #see(code: number): void {
    const [byte, bit] = [code >> 3, 1 << (code & 7)];
    const known = this.#known[byte] ?? 0;
    if ((known & bit) !== 0) return;
    this.#known[byte] = known | bit;
    this.#counts.distinctCharacters++;
  }
}

function bytesOf(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
