import { expect } from "vitest";
import { Rng } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { ReplyFormat } from "../generation-config.ts";
import { compileFormat } from "./compile-format.ts";

export interface Walk {
  readonly seed: number;
  /** Tokens that may come. */
  readonly most?: number;
}

/** A text that draws make among the possible tokens, all alike; odd seeds end it only where they must. Undefined where `most` cut it. */
export function walk(
  format: ReplyFormat,
  tokenizer: Tokenizer,
  { seed, most = 120 }: Walk,
): string | undefined {
  const constraint = compileFormat(format, tokenizer)(most);
  const { eos } = tokenizer.special;
  const rng = new Rng(seed, 1);
  const ids: number[] = [];
  for (let made = 0; made < most; made++) {
    const logits = new Float32Array(tokenizer.size + 3);
    constraint.mask(logits);
    const possible = [...logits.keys()].filter((token) => logits[token] === 0);
    expect(possible.length).toBeGreaterThan(0);
    if (constraint.ended) expect(possible).toEqual([eos]);
    const some = seed % 2 === 1 && possible.length > 1 ? possible.filter((token) => token !== eos) : possible;
    const token = some[rng.below(some.length)] ?? eos;
    constraint.accept(token);
    if (token === eos) return tokenizer.decode(ids);
    ids.push(token);
  }
  return constraint.ended ? tokenizer.decode(ids) : undefined;
}

/** Whether the tokens of a text, and then the end, are possible. */
export function allows(format: ReplyFormat, tokenizer: Tokenizer, text: string): boolean {
  const constraint = compileFormat(format, tokenizer)();
  return [...tokenizer.encode(text), tokenizer.special.eos].every((token) => {
    const logits = new Float32Array(tokenizer.size);
    constraint.mask(logits);
    if (logits[token] !== 0) return false;
    constraint.accept(token);
    return true;
  });
}
