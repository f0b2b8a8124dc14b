import type { Refuse } from "./tokenizer-file.ts";

/** Whole classes of characters, as Oniguruma, which Hugging Face uses, understands them. JavaScript's own differ. */
const CLASSES: Readonly<Record<string, string>> = {
  s: "\\p{White_Space}",
  S: "\\P{White_Space}",
  d: "\\p{Nd}",
  D: "\\P{Nd}",
};
const CONTROLS: Readonly<Record<string, string>> = { r: "\r", n: "\n", t: "\t", f: "\f", v: "\v", "0": "\0" };

/** Letters that have a third form when case does not count. */
const THIRD: Readonly<Record<string, string>> = { s: "\u017f", k: "\u212a" };

const LONGEST = 20_000;

/**
 * A regular expression of a `tokenizer.json` as one that JavaScript runs, alike in what it finds. What JavaScript lacks is
 * expressed otherwise: `(?i:...)` by naming both cases, and `x++`, which gives nothing back, by a look ahead. Only single
 * characters and classes may be repeated, and nothing may refer back, so that no pattern takes exponential time.
 *
 * @param refuse Called for a pattern that this cannot be said of, or that is none.
 */
export function convertPattern(pattern: string, refuse: Refuse): RegExp {
  if (pattern.length > LONGEST) return refuse(`its pattern has ${pattern.length} characters.`);
  const source = new Converter(pattern, (problem) =>
    refuse(`the pattern ${JSON.stringify(pattern.slice(0, 100))} of its pre_tokenizer ${problem}.`),
  ).convert();
  return new RegExp(source, "gu");
}

class Converter {
  readonly #pattern: readonly string[];
  readonly #refuse: Refuse;
  #at = 0;
  #atomic = 0;

  constructor(pattern: string, refuse: Refuse) {
    this.#pattern = [...pattern];
    this.#refuse = refuse;
  }

  convert(): string {
    const source = this.#alternatives(false);
    if (this.#at < this.#pattern.length) this.#refuse(`has a ) too many`);
    return source;
  }

  #next(): string {
    const character = this.#pattern[this.#at++];
    return character ?? this.#refuse("ends too early");
  }

  #take(text: string): boolean {
    if (
      !this.#pattern
        .slice(this.#at, this.#at + text.length)
        .join("")
        .startsWith(text)
    )
      return false;
    this.#at += text.length;
    return true;
  }

  #alternatives(anyCase: boolean): string {
    let source = "";
    for (;;) {
      const character = this.#pattern[this.#at];
      if (character === undefined || character === ")") return source;
      if (this.#take("|")) source += "|";
      else source += this.#term(anyCase);
    }
  }

  #term(anyCase: boolean): string {
    const character = this.#next();
    if (character === "(") return this.#group(anyCase);
    if (character === "[") return this.#repeated(this.#class(anyCase));
    if (character === "\\") return this.#repeated(this.#escape(anyCase));
    if (character === ".") return this.#repeated("[^\\n]");
    if ("^$*+?{}]".includes(character)) this.#refuse(`has ${character} where it is not understood`);
    return this.#repeated(literal(character, anyCase));
  }

  #group(anyCase: boolean): string {
    const opening = ["?:", "?i:", "?!", "?="].find((text) => this.#take(text));
    if (opening === undefined && this.#pattern[this.#at] === "?")
      this.#refuse("has a group of an unknown kind");
    const inner = this.#alternatives(anyCase || opening === "?i:");
    if (this.#next() !== ")") this.#refuse("has a ( without its )");
    const isLook = opening !== undefined && /[!=]/.test(opening);
    const group = `(${isLook ? opening : "?:"}${inner})`;
    if ("*+{".includes(this.#pattern[this.#at] ?? " ")) this.#refuse("repeats a group");
    return !isLook && this.#take("?") ? `${group}?` : group;
  }

  /** An atom with the quantifier after it. */
  #repeated(atom: string): string {
    const rest = this.#pattern.slice(this.#at, this.#at + 16).join("");
    const [quantifier] = /^(?:[*+?]|\{\d{1,4}(?:,\d{0,4})?\})/.exec(rest) ?? [""];
    this.#at += quantifier.length;
    if (quantifier === "") return atom;
    if (this.#take("?")) return `${atom}${quantifier}?`;
    if (!this.#take("+")) return `${atom}${quantifier}`;
    if (quantifier.startsWith("{")) this.#refuse("repeats a repetition");
    const name = `atomic${this.#atomic++}`;
    return `(?=(?<${name}>${atom}${quantifier}))\\k<${name}>`;
  }

  #class(anyCase: boolean): string {
    let source = this.#take("^") ? "[^" : "[";
    for (let first = true; ; first = false) {
      const character = this.#next();
      if (character === "]" && !first) return `${source}]`;
      if (character === "[" || character === "]" || (character === "&" && this.#pattern[this.#at] === "&")) {
        this.#refuse("has a class within a class");
      }
      source += this.#member(character, anyCase);
    }
  }

  /** A character, a range or an escape within a class. */
  #member(character: string, anyCase: boolean): string {
    const from = character === "\\" ? this.#escape(anyCase, true) : exact(character);
    const isRange = this.#pattern[this.#at] === "-" && this.#pattern[this.#at + 1] !== "]";
    if (!isRange) return character === "\\" ? from : cases(character, anyCase).map(exact).join("");
    this.#at++;
    const last = this.#next();
    const to = last === "\\" ? this.#escape(false, true) : exact(last);
    if (anyCase || !from.startsWith("\\u") || !to.startsWith("\\u"))
      this.#refuse("has a range that is not understood");
    if (Number.parseInt(from.slice(3), 16) > Number.parseInt(to.slice(3), 16))
      this.#refuse("has a range that ends before it begins");
    return `${from}-${to}`;
  }

  #escape(anyCase: boolean, inClass = false): string {
    const character = this.#next();
    const known = CLASSES[character];
    if (known !== undefined) return known;
    if (character === "p" || character === "P") return this.#property(character);
    const control = CONTROLS[character];
    if (control !== undefined) return exact(control);
    if (character === "x" || character === "u") return exact(this.#codePoint(character));
    if (/[\p{L}\p{N}]/u.test(character)) this.#refuse(`has \\${character}, which is not understood`);
    return inClass ? exact(character) : literal(character, anyCase);
  }

  #property(letter: string): string {
    const rest = this.#pattern.slice(this.#at, this.#at + 64).join("");
    const [all, name] = /^\{([A-Za-z_]+)\}/.exec(rest) ?? [];
    if (all === undefined) return this.#refuse("has a property that is not understood");
    this.#at += all.length;
    const found = [name, `Script=${name}`].find((one) => isPattern(`\\p{${one}}`));
    if (found === undefined) return this.#refuse(`has the property ${name}, which is unknown`);
    return `\\${letter}{${found}}`;
  }

  /** `\xHH`, `\x{H...}`, `\uHHHH`. */
  #codePoint(letter: string): string {
    const rest = this.#pattern.slice(this.#at, this.#at + 10).join("");
    const form = letter === "u" ? /^([\da-f]{4})/i : /^(?:([\da-f]{2})|\{([\da-f]{1,6})\})/i;
    const [all = "", short, long] = form.exec(rest) ?? [];
    const codePoint = Number.parseInt(short ?? long ?? "", 16);
    if (!(codePoint <= 0x10ffff)) return this.#refuse(`has \\${letter} without a character`);
    this.#at += all.length;
    return String.fromCodePoint(codePoint);
  }
}

/** One character, whatever it means in patterns. */
const exact = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

function literal(character: string, anyCase: boolean): string {
  const all = cases(character, anyCase).map(exact);
  return all.length > 1 ? `[${all.join("")}]` : all.join("");
}

/** A character in all its cases. */
function cases(character: string, anyCase: boolean): string[] {
  const lower = character.toLowerCase();
  const all = [character, lower, character.toUpperCase(), THIRD[lower] ?? character];
  return anyCase ? [...new Set(all)].filter((one) => [...one].length === 1) : [character];
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u").source === source;
  } catch {
    return false;
  }
}
