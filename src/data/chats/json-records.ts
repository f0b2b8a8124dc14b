/** An object in a list, still as text. */
export interface JsonRecord {
  /** Undefined where the record is longer than `LONGEST`. */
  readonly json: string | undefined;
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** Which of the lists in the file it stands in, from 0. */
  readonly list: number;
}

/** Characters: a message of a chat is a few thousand, with its reactions and embedded pages. */
const LONGEST = 2 ** 22;
/** Lists and objects within each other around a record; beyond, the rest of the text is not looked at. */
const DEEPEST = 64;
/** A key that is longer is not the one looked for. */
const LONGEST_KEY = 64;

/** 1 for each of the characters. */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128);
  for (let i = 0; i < characters.length; i++) table[characters.charCodeAt(i)] = 1;
  return table;
}
const LINE_END = 10;
const MARKS = tableOf('"{}[]:,\n');
const STRING_MARKS = tableOf('"\\\n');

/**
 * Finds the objects in lists called `key`, wherever those stand in a JSON text, as they come: memory is one record, and
 * of a text that is cut all records before the cut are found. What stands around the lists is not checked.
 *
 * @returns whether the text is whole: every bracket and every quote is closed, and not too many within each other
 */
export async function* jsonRecords(
  text: AsyncIterable<string>,
  key: string,
): AsyncGenerator<JsonRecord, boolean> {
  const scanner = new Scanner(key);
  for await (const piece of text) yield* scanner.scan(piece);
  return scanner.whole;
}

class Scanner {
  readonly #key: string;
  #line = 1;
  /** How many lists of that name have begun. */
  #lists = 0;
  /** Of each open bracket: whether it is a list whose objects are records. */
  readonly #open: boolean[] = [];
  #inString = false;
  #escaped = false;
  /** The string read last, while it is short, and whether a colon makes it a key. */
  #last = "";
  #isKey = false;
  /** Brackets open within the record; 0 outside. */
  #depth = 0;
  #record: string[] = [];
  #recordLength = 0;
  #recordLine = 1;
  /** Where in the piece the record begins or goes on. */
  #from = 0;
  #tooDeep = false;

  constructor(key: string) {
    this.#key = key;
  }

  get whole(): boolean {
    return !this.#inString && this.#depth === 0 && this.#open.length === 0 && !this.#tooDeep;
  }

  *scan(piece: string): Generator<JsonRecord, void> {
    let at = this.#escaped && piece.length > 0 ? 1 : 0;
    if (at > 0) this.#escaped = false;
    this.#from = 0;
    while (at < piece.length && !this.#tooDeep) {
      const found = this.#nextMark(piece, at);
      at = found + 1;
      const mark = piece.charAt(found);
      if (this.#inString) at += this.#inText(mark, at === piece.length);
      else if (mark === '"') this.#beginString();
      else if (this.#depth === 0) this.#outside(mark, found);
      else if (this.#within(mark)) yield this.#finish(piece.slice(this.#from, at));
    }
    if (this.#depth > 0) this.#keep(piece.slice(this.#from));
  }

  /** Where the next character stands that means something, or the end. */
  #nextMark(piece: string, at: number): number {
    const marks = this.#inString ? STRING_MARKS : MARKS;
    let found = at;
    while (found < piece.length && marks[piece.charCodeAt(found)] !== 1) found++;
    if (piece.charCodeAt(found) === LINE_END) this.#line++;
    if (this.#inString && this.#depth === 0 && this.#last.length <= LONGEST_KEY) {
      this.#last += piece.slice(at, Math.min(found, at + LONGEST_KEY + 1));
    }
    return found;
  }

  #beginString(): void {
    this.#inString = true;
    if (this.#depth === 0) this.#last = "";
  }

  /** @returns how many characters to skip: what a backslash stands before */
  #inText(mark: string, atEnd: boolean): number {
    if (mark === '"') this.#inString = false;
    if (mark !== "\\") return 0;
    // A key with an escape is not the one looked for.
    if (this.#last.length <= LONGEST_KEY) this.#last += mark;
    this.#escaped = atEnd;
    return 1;
  }

  /** @returns whether the record ends with this mark */
  #within(mark: string): boolean {
    if (mark === "{" || mark === "[") this.#depth++;
    else if (mark === "}" || mark === "]") this.#depth--;
    return this.#depth === 0;
  }

  /** Looks for the beginning of a record, and keeps where in the piece that is. */
  #outside(mark: string, at: number): void {
    if (mark === "\n" || mark === "") return;
    const named = this.#isKey && this.#last === this.#key;
    this.#isKey = mark === ":";
    if (mark === "}" || mark === "]") this.#open.pop();
    if (mark !== "{" && mark !== "[") return;
    if (mark === "{" && this.#open.at(-1)) {
      [this.#depth, this.#recordLine, this.#from] = [1, this.#line, at];
      return;
    }
    const isList = mark === "[" && named;
    if (isList) this.#lists++;
    this.#tooDeep ||= this.#open.length === DEEPEST;
    if (!this.#tooDeep) this.#open.push(isList);
  }

  #keep(part: string): void {
    this.#recordLength += part.length;
    if (this.#recordLength <= LONGEST) this.#record.push(part);
  }

  #finish(part: string): JsonRecord {
    this.#keep(part);
    const json = this.#recordLength <= LONGEST ? this.#record.join("") : undefined;
    [this.#record, this.#recordLength] = [[], 0];
    return { json, line: this.#recordLine, list: this.#lists - 1 };
  }
}
