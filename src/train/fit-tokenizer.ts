import { type Item, textsOf } from "../data/index.ts";
import {
  ByteTokenizer,
  CharacterTokenizer,
  type SpecialSet,
  type Tokenizer,
  trainBpe,
} from "../text/index.ts";
import type { TokenizerRecipe } from "./recipe.ts";

/** UTF-16 units of text that byte pairs are counted in: more changes hardly a token. */
const MOST_COUNTED = 1 << 26;

/** UTF-16 units between two reports of progress. */
const REPORT = 1 << 22;

export interface FitOptions {
  /** Is called now and then. */
  readonly onProgress?: (() => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tokenizer that a recipe asks for, fitted to its data.
 *
 * @param conversational Conversations need tokens that texts have no use for.
 */
export async function fitTokenizer(
  { kind, unknown, vocabulary }: TokenizerRecipe,
  items: AsyncIterable<Item> | Iterable<Item>,
  conversational: boolean,
  options: FitOptions = {},
): Promise<Tokenizer> {
  const special: SpecialSet = conversational ? "chat" : "text";
  if (kind === "byte") return new ByteTokenizer(special);
  const texts = watched(textsIn(items), options);
  if (kind === "bpe") return trainBpe(limited(texts), { vocabulary, special });
  return CharacterTokenizer.fit(await charactersOf(texts), { unknown, special });
}

async function* textsIn(items: AsyncIterable<Item> | Iterable<Item>): AsyncGenerator<string, void> {
  for await (const item of items) yield* textsOf(item);
}

async function* watched(
  texts: AsyncIterable<string>,
  { onProgress, signal }: FitOptions,
): AsyncGenerator<string, void> {
  let [done, reported] = [0, 0];
  for await (const text of texts) {
    yield text;
    done += text.length;
    if (done - reported < REPORT) continue;
    signal?.throwIfAborted();
    onProgress?.();
    reported = done;
  }
}

/** Every character once. Code units are looked up in a table, so that gigabytes take seconds. */
async function charactersOf(texts: AsyncIterable<string>): Promise<Set<string>> {
  const seen = new Uint8Array(1 << 16);
  const pairs = new Set<string>();
  for await (const text of texts) {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length) pairs.add(text.slice(i, ++i + 1));
      else seen[unit] = 1;
    }
  }
  const units = Array.from(seen.keys()).filter((unit) => seen[unit] === 1);
  return new Set([...units.map((unit) => String.fromCharCode(unit)), ...pairs]);
}

async function* limited(texts: AsyncIterable<string>): AsyncGenerator<string, void> {
  let left = MOST_COUNTED;
  for await (const text of texts) {
    yield text;
    left -= text.length;
    if (left <= 0) return;
  }
}
