import { ParrotletError } from "../../base/index.ts";
import type { Rule } from "./exam-case.ts";
import { keyOf } from "./expression.ts";
import type { Pattern } from "./pattern.ts";
import type { Binding } from "./row.ts";
import { FEWEST_FACTS, type Split } from "./split.ts";
import type { Variables } from "./variables.ts";
import { wordsOf } from "./words.ts";

/** What a user says, what is answered, and when that answer is right. */
export interface Exchange {
  readonly asks: readonly Ask[];
  readonly answers: readonly Pattern[];
  readonly rule: RuleOfPatterns | undefined;
}

/** A way to ask: a family of sentences. */
export interface Ask {
  readonly pattern: Pattern;
  /** Never occurs in training. */
  readonly held: boolean;
}

export interface RuleOfPatterns {
  /** Alternatives: all patterns of one must be there. */
  readonly right: readonly (readonly Pattern[])[];
  readonly wrong: readonly Pattern[];
  readonly refuses: boolean;
  readonly sentences: number;
}

/** Something that can be talked about: facts, sentences that state them, questions and their answers. */
export interface Block {
  readonly skill: string;
  readonly variables: Variables;
  readonly says: readonly Pattern[];
  /** Exchanges that belong together; the exam asks the last one. */
  readonly turns: readonly Exchange[];
  /** Asked some exchanges later. */
  readonly later: Exchange | undefined;
  /** Skills: not in conversations in which one of them was used before. */
  readonly unless: readonly string[];
  readonly place: "start" | "middle" | "end";
  readonly outside: boolean;
  readonly weight: number;
  /** Whether the user may write it carelessly. */
  readonly mess: boolean;
  /** Whether a fact is never asked in training. */
  holdsFact(binding: Binding): boolean;
}

/** How a block tells which of its facts are held back. */
export function holder(
  skill: string,
  variables: Variables,
  hold: readonly string[],
  outside: boolean,
  split: Split,
): (binding: Binding) => boolean {
  const few = variables.listed !== undefined && variables.listed.length < FEWEST_FACTS;
  if (few || hold.length === 0 || hold.includes("none")) return () => false;
  return (binding) => split.holdsFact(skill, keyOf(binding, hold), outside);
}

/** Ways in which the texts of one entry of `right:` go together. */
const MOST_WAYS = 1000;

/**
 * The rule for one fact, in plain words.
 *
 * @throws {ParrotletError} `pattern-invalid` where too many combinations of texts would be right.
 */
export function ruleFor(rule: RuleOfPatterns, binding: Binding, question: string): Rule {
  const right = rule.right.flatMap((patterns) => {
    let lists: readonly (readonly string[])[] = [[]];
    for (const pattern of patterns) {
      const versions = pattern.versions(binding);
      if (lists.length * versions.length > MOST_WAYS) {
        const sources = patterns
          .map(({ source }) => source)
          .join(", ")
          .slice(0, 200);
        const message = `In right: the texts ${sources} go together in more than ${MOST_WAYS} ways. Write fewer choices.`;
        throw new ParrotletError("pattern-invalid", message);
      }
      lists = lists.flatMap((list) => versions.map((version) => [...list, version]));
    }
    return lists;
  });
  const asked = ` ${wordsOf(question)} `;
  const fine = new Set(right.flat().map(wordsOf));
  const wrong = rule.wrong
    .flatMap((pattern) => pattern.versions(binding))
    .filter((each) => {
      const words = wordsOf(each);
      return (
        !fine.has(words) &&
        ![...fine].some((text) => ` ${text} `.includes(` ${words} `)) &&
        !asked.includes(` ${words} `)
      );
    });
  return { right, wrong, refuses: rule.refuses, ...(rule.sentences > 0 && { sentences: rule.sentences }) };
}
