import { invariant } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { GenerationConfig, ReplyFormat } from "../generation-config.ts";
import type { TokenConstraint } from "../token-constraint.ts";
import { automatonOf } from "./automaton.ts";
import { completable, type Grammar } from "./grammar.ts";
import { schemaGrammar } from "./json-schema.ts";
import { jsonGrammar } from "./json-text.ts";
import { Matcher } from "./matcher.ts";
import { refused } from "./refused.ts";
import { regexGrammar } from "./regex.ts";
import { TokenMatcher } from "./token-matcher.ts";
import { vocabularyOf } from "./vocabulary.ts";

/** Formats that are kept for each tokenizer, with what was computed for them. */
const MOST_KEPT = 8;
/** Characters of a format, as JSON. */
const LONGEST = 100_000;
const compiled = new WeakMap<Tokenizer, Map<string, TokenMatcher>>();

/**
 * A constraint for one text.
 *
 * @param mostTokens How many tokens will be taken, the end token among them: those come out so that the text is whole by then, where
 * even the shortest one fits. @default any number
 */
export type MakeConstraint = (mostTokens?: number) => TokenConstraint;

/**
 * What makes texts of a format out of tokens: a constraint for each text. Each token that it leaves possible can be gone on from
 * to a whole text of the format.
 *
 * @throws {ParrotletError} `generation-config`: what the format asks for is not supported, too large, or needs characters that the tokenizer lacks.
 */
export function compileFormat(format: ReplyFormat, tokenizer: Tokenizer): MakeConstraint {
  const kept = compiled.get(tokenizer) ?? new Map<string, TokenMatcher>();
  compiled.set(tokenizer, kept);
  const key = keyOf(format);
  const tokens = kept.get(key) ?? compile(format, tokenizer);
  // The newest is last.
  kept.delete(key);
  kept.set(key, tokens);
  for (const oldest of kept.keys()) if (kept.size > MOST_KEPT) kept.delete(oldest);
  return (most = Number.POSITIVE_INFINITY) => new FormatConstraint(tokens, most);
}

/** Also the first look at what came from outside: no longer than anybody's would be, and no deeper than the stack. */
function keyOf(format: ReplyFormat): string {
  let key: string;
  try {
    key = JSON.stringify(format);
  } catch (cause) {
    throw refused(`format is too deep, or leads back to itself: ${(cause as Error).message}.`);
  }
  if (key.length <= LONGEST) return key;
  throw refused(`format has ${key.length} characters; it may have ${LONGEST}.`);
}

/** What a reply must match by its config; a new one for each reply. @param most Tokens that there is room for, if fewer than `maxNewTokens`. */
export const constraintOf = (
  { format, maxNewTokens }: Pick<GenerationConfig, "format" | "maxNewTokens">,
  tokenizer: Tokenizer,
  most: number = maxNewTokens,
): TokenConstraint | undefined => format && compileFormat(format, tokenizer)(Math.min(most, maxNewTokens));

function compile(format: ReplyFormat, tokenizer: Tokenizer): TokenMatcher {
  const vocabulary = vocabularyOf(tokenizer);
  const grammar = completable(grammarOf(format), vocabulary.characters);
  const matcher = new Matcher(automatonOf(grammar));
  const tokens = new TokenMatcher(matcher, vocabulary, tokenizer.special.eos);
  // What is too ambiguous from the beginning is refused now.
  tokens.mask(matcher.begin());
  return tokens;
}

function grammarOf(format: ReplyFormat): Grammar {
  if (format.type === "json") return jsonGrammar();
  return format.type === "regex" ? regexGrammar(format.pattern) : schemaGrammar(format.schema);
}

class FormatConstraint implements TokenConstraint {
  readonly #tokens: TokenMatcher;
  #state: ReturnType<TokenMatcher["begin"]>;
  /** How many tokens may still come. */
  #left: number;

  constructor(tokens: TokenMatcher, most: number) {
    this.#tokens = tokens;
    this.#state = tokens.begin();
    // Where not even the shortest text fits, there is nothing to save.
    this.#left = this.#state.cost <= most ? most : Number.POSITIVE_INFINITY;
  }

  get ended(): boolean {
    return this.#state.positions.length === 0;
  }

  mask(logits: Float32Array): void {
    this.#state = this.#tokens.current(this.#state);
    keepOnly(logits, this.#tokens.mask(this.#state, this.#left));
  }

  accept(token: number): void {
    const next = this.#tokens.after(this.#state, token);
    invariant(next, `token ${token} does not match the format`);
    this.#state = next;
    this.#left--;
  }
}

/** Makes the logits of all tokens -Infinity whose bit is 0. */
function keepOnly(logits: Float32Array, mask: Uint32Array): void {
  for (let word = 0; word < mask.length; word++) {
    const bits = mask[word] ?? 0;
    if (bits === 0xffffffff) continue;
    const from = word << 5;
    const to = Math.min(from + 32, logits.length);
    if (bits === 0) logits.fill(Number.NEGATIVE_INFINITY, from, to);
    else
      for (let token = from; token < to; token++)
        if (((bits >>> (token & 31)) & 1) === 0) logits[token] = Number.NEGATIVE_INFINITY;
  }
  // A model may have more logits than there are tokens.
  if (logits.length > mask.length << 5) logits.fill(Number.NEGATIVE_INFINITY, mask.length << 5);
}
