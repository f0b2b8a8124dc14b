import { expect } from "vitest";
import { Rng } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { ReplyFormat } from "../generation-config.ts";
import { compileFormat } from "./compile-format.ts";

/** What a draw among the possible tokens makes: a text, and whether it came to an end. */
export function walk(format: ReplyFormat, tokenizer: Tokenizer, seed: number, most = 400) {
  const constraint = compileFormat(format, tokenizer)();
  const rng = new Rng(seed, 1);
  const ids: number[] = [];
  while (ids.length < most) {
    const logits = new Float32Array(tokenizer.size + 3);
    constraint.mask(logits);
    const possible = [...logits.keys()].filter((token) => logits[token] === 0);
    expect(possible.length).toBeGreaterThan(0);
    const { eos } = tokenizer.special;
    if (constraint.ended) expect(possible).toEqual([eos]);
    // The end is preferred, and what closes: else texts would be long.
    const closing = possible.filter((token) => /^["}\]]+$/.test(tokenizer.show(token)));
    const some =
      possible.includes(eos) && rng.below(3) === 0
        ? [eos]
        : rng.below(3) === 0 && closing.length > 0
          ? closing
          : possible;
    const token = some[rng.below(some.length)] ?? eos;
    constraint.accept(token);
    if (token === eos) return { text: tokenizer.decode(ids), ended: true };
    ids.push(token);
  }
  return { text: tokenizer.decode(ids), ended: false };
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
