import { type CharacterSet, charactersOf, complement, setOf } from "./character-set.ts";
import { anyOf, characters, choiceOf, type Expression, repeat, sequenceOf } from "./expression.ts";
import { PatternEscapes } from "./pattern-escapes.ts";

/** One of the ways that stand between `|` at the top of a pattern. */
export interface PatternWay {
  readonly expression: Expression;
  /** It began with `^`, or ended with `$`. */
  readonly begins: boolean;
  readonly ends: boolean;
}

const MOST_DEPTH = 100;
const MOST_REPEATS = 100_000;
const WITHIN_LINE = complement(charactersOf("\n\r\u2028\u2029"));

/**
 * A regular expression in JavaScript's notation, with the flag `u`. Matching the same texts is all that counts: lazy is greedy,
 * and groups keep nothing.
 *
 * @throws {ParrotletError} `generation-config`, with the place: what looks around or back is not supported, nor is a word's boundary.
 */
export const parsePattern = (pattern: unknown, where: string): PatternWay[] =>
  new PatternParser(pattern, where).parse();

class PatternParser extends PatternEscapes {
  #depth = 0;

  parse(): PatternWay[] {
    const ways: PatternWay[] = [];
    do {
      const begins = this.take("^");
      const expression = this.#terms();
      ways.push({ expression, begins, ends: this.take("$") });
      if (this.peek() === "$" || this.peek() === "^") this.#refuseAnchor();
    } while (this.take("|"));
    if (this.peek() === ")") throw this.refuse("a ) without its (");
    return ways;
  }

  #refuseAnchor(): never {
    throw this.refuse("^ and $ can only stand at the ends of the pattern");
  }

  /** Up to `|`, `)`, `$` or the end. */
  #terms(): Expression {
    const terms: Expression[] = [];
    for (let next = this.peek(); next !== undefined && !"|)$".includes(next); next = this.peek())
      terms.push(this.#quantified(this.#atom()));
    if (this.peek() === "$" && (this.#depth > 0 || !["|", undefined].includes(this.peek(1))))
      this.#refuseAnchor();
    return sequenceOf(terms);
  }

  #atom(): Expression {
    if (this.take("(")) return this.#group();
    if (this.take("[")) return characters(this.#class());
    if (this.take(".")) return characters(WITHIN_LINE);
    if (this.peek() === "\\") return characters(this.escape(false));
    if (this.peek() === "^") this.#refuseAnchor();
    if ("*+?{".includes(this.peek() ?? "")) throw this.refuse("nothing to repeat");
    if ("]}".includes(this.peek() ?? "")) throw this.refuse(`${this.peek()} needs a \\ before it`);
    return anyOf(this.next());
  }

  #group(): Expression {
    if (++this.#depth > MOST_DEPTH) throw this.refuse(`more than ${MOST_DEPTH} groups in each other`);
    if (this.take("?")) this.#groupKind();
    const ways: Expression[] = [];
    do ways.push(this.#terms());
    while (this.take("|"));
    if (!this.take(")")) throw this.refuse("a ( without its )");
    this.#depth--;
    return choiceOf(ways);
  }

  #groupKind(): void {
    if (this.take(":")) return;
    if (/^(=|!|<=|<!)/.test(this.rest(2))) throw this.refuse("looking ahead or behind is not supported");
    const name = /^<[\p{L}_$][\p{L}\p{N}_$]*>/u.exec(this.rest(100))?.[0];
    if (name === undefined) throw this.refuse("this kind of group is not supported");
    this.skip([...name].length);
  }

  #quantified(part: Expression): Expression {
    const [least, most] = this.#quantifier() ?? [1, 1];
    return repeat(part, least, most);
  }

  #quantifier(): [number, number] | undefined {
    const counts = this.take("*")
      ? ([0, Number.POSITIVE_INFINITY] as [number, number])
      : this.take("+")
        ? ([1, Number.POSITIVE_INFINITY] as [number, number])
        : this.take("?")
          ? ([0, 1] as [number, number])
          : this.#counts();
    if (!counts) return undefined;
    this.take("?");
    if ("*+?{".includes(this.peek() ?? "."))
      throw this.refuse("what is repeated already cannot be repeated; put it into a group");
    return counts;
  }

  #counts(): [number, number] | undefined {
    if (this.peek() !== "{") return undefined;
    const match = /^\{(\d{1,9})(,(\d{1,9})?)?\}/.exec(this.rest(30));
    if (!match) throw this.refuse("{ must be followed by n}, n,} or n,m}; a brace itself is \\{");
    const [whole, first, comma, last] = match;
    const least = Number(first);
    const most = comma === undefined ? least : last === undefined ? Number.POSITIVE_INFINITY : Number(last);
    if (most < least) throw this.refuse("the numbers are in the wrong order");
    if (least > MOST_REPEATS || (most > MOST_REPEATS && most !== Number.POSITIVE_INFINITY))
      throw this.refuse(`a part may be repeated ${MOST_REPEATS} times at most`);
    this.skip(whole.length);
    return [least, most];
  }

  /** After `[`. */
  #class(): CharacterSet {
    const others = this.take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.take("]")) {
      if (this.peek() === undefined) throw this.refuse("a [ without its ]");
      const first = this.#member();
      if (this.peek() !== "-" || this.peek(1) === "]" || this.peek(1) === undefined) {
        ranges.push(...first);
        continue;
      }
      this.next();
      const last = this.#member();
      const [from, to] = [single(first), single(last)];
      if (from === undefined || to === undefined)
        throw this.refuse("a range needs a character on both sides");
      if (from > to) throw this.refuse("the range is in the wrong order");
      ranges.push([from, to]);
    }
    const set = setOf(ranges);
    return others ? complement(set) : set;
  }

  #member(): CharacterSet {
    return this.peek() === "\\" ? this.escape(true) : charactersOf(this.next());
  }
}

const single = (set: CharacterSet): number | undefined => {
  const [range, more] = set;
  return range && !more && range[0] === range[1] ? range[0] : undefined;
};
