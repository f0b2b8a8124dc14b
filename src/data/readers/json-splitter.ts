import { linesIn } from "./decode.ts";

/** A value within a JSON text: an element of the list at its root, or a member of the object there, or an element of such a member. */
export interface JsonPart {
  /** The member's name; `undefined` in a list at the root. */
  readonly key: string | undefined;
  /** Whether it is an element of the list that the member is. */
  readonly element: boolean;
  /** As it is written. */
  readonly text: string;
  /** On which it begins, from 1. */
  readonly line: number;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];

/**
 * Cuts a JSON text into the parts that can be parsed one by one, so that lists of any length are read within little memory. It looks
 * only at brackets, quotes, commas and colons: what is between them is for `JSON.parse`.
 */
export class JsonSplitter {
  /** What stands at the root; `undefined` before it begins, `other` where it is neither a list nor an object. */
  root: "list" | "object" | "other" | undefined;
  /** Whether the root has ended. */
  ended = false;
  /** Whether there was something after its end. */
  more = false;
  #buffer = "";
  /** Where in the buffer to go on, and where the part begins that is open, or -1. */
  #at = 0;
  #start = -1;
  #depth = 0;
  /** The depth at which parts stand. */
  #level = 1;
  #inString = false;
  #isKey = false;
  #key: string | undefined;
  /** The line at a place in the buffer. */
  #line = 1;
  #counted = 0;

  /** Characters that wait for their part to end. */
  get waiting(): number {
    return this.#buffer.length;
  }

  /** The line on which the open part begins, or that of the end. */
  get line(): number {
    return this.#lineAt(this.#start < 0 ? this.#buffer.length : this.#start);
  }

  /** What is inside when the text ends: a part that is not whole. */
  get open(): boolean {
    return this.#start >= 0 || (this.root !== undefined && this.root !== "other" && !this.ended);
  }

  /** The parts that end in the next piece of the text. */
  feed(text: string): JsonPart[] {
    const parts: JsonPart[] = [];
    this.#buffer += text;
    while (this.#at < this.#buffer.length && !this.ended) {
      if (!this.#inString) this.#step(this.#buffer.charCodeAt(this.#at), parts);
      else if (!this.#skipString(parts)) break;
    }
    if (this.ended && this.root !== "other") this.more ||= this.#buffer.slice(this.#at).trim() !== "";
    const keep = this.ended ? this.#buffer.length : this.#start < 0 ? this.#at : this.#start;
    this.#lineAt(keep);
    this.#buffer = this.#buffer.slice(keep);
    this.#counted = 0;
    this.#at = this.ended ? 0 : this.#at - keep;
    if (this.#start >= 0) this.#start = 0;
    return parts;
  }

  /** Goes to the end of the string; false when the text ends before. */
  #skipString(parts: JsonPart[]): boolean {
    const buffer = this.#buffer;
    for (;;) {
      const quote = buffer.indexOf('"', this.#at);
      this.#at = quote < 0 ? buffer.length : quote + 1;
      if (quote < 0) return false;
      // The part's beginning is still in the buffer, so all backslashes are.
      let before = quote - 1;
      while (buffer.charCodeAt(before) === BACKSLASH) before--;
      if ((quote - before) % 2 === 1) break;
    }
    this.#inString = false;
    if (this.#depth === this.#level) this.#endOfString(parts);
    return true;
  }

  #endOfString(parts: JsonPart[]): void {
    if (this.#isKey) {
      this.#key = keyOf(this.#buffer.slice(this.#start, this.#at));
      this.#start = -1;
    } else this.#finish(this.#at, parts);
  }

  #step(code: number, parts: JsonPart[]): void {
    const at = this.#at++;
    if (code <= 32) {
      if (this.#start >= 0 && this.#depth === this.#level) this.#finish(at, parts);
    } else if (this.root === undefined) this.#begin(code);
    else if (code === QUOTE) {
      if (this.#start < 0) this.#start = at;
      this.#inString = true;
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) this.#down(code, at);
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) this.#up(at, parts);
    else if (this.#depth === this.#level) this.#between(code, at, parts);
  }

  #begin(code: number): void {
    this.root = code === OPEN_LIST ? "list" : code === OPEN_OBJECT ? "object" : "other";
    this.#depth = 1;
    this.#isKey = this.root === "object";
    this.ended = this.root === "other";
  }

  #down(code: number, at: number): void {
    if (this.#start < 0 && this.root === "object" && this.#level === 1 && code === OPEN_LIST) this.#level = 2;
    else if (this.#start < 0) this.#start = at;
    this.#depth++;
  }

  #up(at: number, parts: JsonPart[]): void {
    if (this.#start >= 0 && this.#depth === this.#level) this.#finish(at, parts);
    this.#depth--;
    if (this.#start >= 0 && this.#depth === this.#level) this.#finish(at + 1, parts);
    else if (this.#depth < this.#level) {
      this.ended = this.#level === 1;
      this.#level = 1;
    }
  }

  /** At the depth of parts, outside of strings and brackets. */
  #between(code: number, at: number, parts: JsonPart[]): void {
    if (code === COMMA) {
      if (this.#start >= 0) this.#finish(at, parts);
      this.#isKey = this.root === "object" && this.#level === 1;
    } else if (code === COLON && this.#isKey) this.#isKey = false;
    else if (this.#start < 0) this.#start = at;
  }

  #finish(end: number, parts: JsonPart[]): void {
    parts.push({
      key: this.#key,
      element: this.#level === 2,
      text: this.#buffer.slice(this.#start, end),
      line: this.#lineAt(this.#start),
    });
    this.#start = -1;
  }

  #lineAt(at: number): number {
    this.#line += linesIn(this.#buffer, this.#counted, at);
    this.#counted = at;
    return this.#line;
  }
}

function keyOf(name: string): string {
  try {
    return String(JSON.parse(name));
  } catch {
    return name;
  }
}
