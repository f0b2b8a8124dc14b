import { shown } from "../../base/index.ts";
import { type CharacterSet, charactersOf, complement, setOf } from "./character-set.ts";
import { refused } from "./refused.ts";

const LONGEST = 10_000;

const DIGITS = setOf([[48, 57]]);
const WORD = setOf([
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]);
/** White space and line ends, as ECMAScript lists them. */
const SPACE = setOf([
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
]);

const CLASSES: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", DIGITS],
  ["D", complement(DIGITS)],
  ["w", WORD],
  ["W", complement(WORD)],
  ["s", SPACE],
  ["S", complement(SPACE)],
]);
const CONTROLS: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
]);

/** Reads a pattern character by character, and what begins with a backslash. */
export class PatternEscapes {
  readonly #pattern: readonly string[];
  readonly #where: string;
  #at = 0;

  constructor(pattern: unknown, where: string) {
    if (typeof pattern !== "string") throw refused(`${where} is ${shown(pattern)}; it must be a text.`);
    if (pattern.length > LONGEST)
      throw refused(`${where} has ${pattern.length} characters; it may have ${LONGEST}.`);
    this.#pattern = [...pattern];
    this.#where = where;
  }

  /** Says what is wrong at this place. */
  protected refuse(problem: string): Error {
    const from = Math.max(0, this.#at - 20);
    const near = this.#pattern.slice(from, this.#at + 20).join("");
    return refused(`${this.#where}: ${problem}, at place ${this.#at + 1}, near ${shown(near)}.`);
  }

  protected peek(ahead = 0): string | undefined {
    return this.#pattern[this.#at + ahead];
  }

  protected take(character: string): boolean {
    if (this.peek() !== character) return false;
    this.#at++;
    return true;
  }

  protected next(): string {
    const character = this.peek();
    if (character === undefined) throw this.refuse("the pattern ends too early");
    this.#at++;
    return character;
  }

  protected skip(count: number): void {
    this.#at += count;
  }

  /** The next characters. */
  protected rest(most: number): string {
    return this.#pattern.slice(this.#at, this.#at + most).join("");
  }

  /** What `\` and what follows it stand for. */
  protected escape(inClass: boolean): CharacterSet {
    const after = this.peek(1) ?? "";
    const set = CLASSES.get(after);
    if (!set) return charactersOf(this.#character(after, inClass));
    this.skip(2);
    return set;
  }

  #character(after: string, inClass: boolean): string {
    const coded = /^\\(?:x([\da-fA-F]{2})|u\{([\da-fA-F]{1,6})\}|c([A-Za-z]))/.exec(this.rest(10));
    if (coded) {
      const [whole, byte, code, control] = coded;
      const value =
        control === undefined ? Number.parseInt(byte ?? code ?? "", 16) : control.charCodeAt(0) & 31;
      if (value > 0x10ffff) throw this.refuse("there is no such character");
      this.skip(whole.length);
      return String.fromCodePoint(value);
    }
    const units = /^(?:\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|\\u[\da-fA-F]{4})/.exec(
      this.rest(12),
    )?.[0];
    if (units !== undefined) {
      this.skip(units.length);
      const codes = units.split("\\u").slice(1);
      return String.fromCharCode(...codes.map((code) => Number.parseInt(code, 16)));
    }
    return this.#simple(after, inClass);
  }

  #simple(after: string, inClass: boolean): string {
    if (/^[1-9k]$/.test(after)) throw this.refuse("referring back to a group is not supported");
    if (/^[pP]$/.test(after))
      throw this.refuse("properties of characters (\\p) are not supported; name ranges");
    if (after === "b" && inClass) return this.#taken("\b");
    if (after === "b" || after === "B") throw this.refuse("a word's boundary is not supported");
    if (after === "0" && !/\d/.test(this.peek(2) ?? "")) return this.#taken("\0");
    const control = CONTROLS.get(after);
    if (control !== undefined) return this.#taken(control);
    if (/^[!-/:-@[-`{-~ ]$/.test(after)) return this.#taken(after);
    throw this.refuse(after === "" ? "the pattern ends too early" : `\\${after} means nothing`);
  }

  #taken(character: string): string {
    this.skip(2);
    return character;
  }
}
