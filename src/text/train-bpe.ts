import { encodeText, ParrotletError } from "../base/index.ts";
import { BpeTokenizer } from "./bpe-tokenizer.ts";
import { byteCharacters, bytesInOrder } from "./byte-alphabet.ts";
import { MergeFinder } from "./merge-finder.ts";
import type { Merge } from "./merger.ts";
import { SPECIAL_SETS, type SpecialSet } from "./special-tokens.ts";
import { WordCounter } from "./word-counter.ts";
import { grown } from "./word-table.ts";

export interface TrainBpeOptions {
  /** How many tokens there are to be, with the special ones and the 256 bytes. Text that is too little gives fewer. */
  readonly vocabulary: number;
  /** Which special tokens there are. @default "text" */
  readonly special?: SpecialSet | undefined;
  /** A pair that is rarer becomes no token. @default 2 */
  readonly minimumCount?: number | undefined;
  /** How many distinct words are counted at once; see `WordCounter`. @default a million */
  readonly mostWords?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains a byte-pair encoding: again and again the most frequent pair of neighbouring tokens becomes a token; of equally
 * frequent pairs that with the lowest ids. Ids are the special tokens, the bytes in the order of their characters in files,
 * then the merges as they were found: as Hugging Face's `BpeTrainer` numbers them.
 *
 * @throws {ParrotletError} `vocabulary-too-small` where not even the bytes have room. The reason of `signal`.
 */
export async function trainBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  { vocabulary, special = "text", minimumCount = 2, mostWords, signal }: TrainBpeOptions,
): Promise<BpeTokenizer> {
  const names = SPECIAL_SETS[special];
  const tokens = [...names, ...bytesInOrder.map((byte) => byteCharacters[byte] ?? "")];
  if (vocabulary < tokens.length) {
    const parts = `${names.length} special tokens and 256 bytes`;
    const message = `A vocabulary of ${vocabulary} has no room for ${parts}: ask for ${tokens.length} or more.`;
    throw new ParrotletError("vocabulary-too-small", message);
  }
  const counter = new WordCounter(mostWords);
  const rest = pauses(signal);
  for await (const text of texts) {
    await rest();
    counter.add(text);
  }
  const finder = findPairs(counter, names.length);
  // A token can come from two merges, as "aaa" from "a aa" and "aa a": it is still one token.
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges: Merge[] = [];
  while (tokens.length < vocabulary) {
    await rest();
    const found = finder.mostFrequent(Math.max(1, minimumCount));
    if (!found) break;
    const { left, right, pair } = found;
    const token = `${tokens[left]}${tokens[right]}`;
    const merged = ids.get(token) ?? tokens.push(token) - 1;
    ids.set(token, merged);
    merges.push({ left, right, merged });
    finder.merge(pair, merged);
  }
  return new BpeTokenizer({ tokens, merges, added: names.map((content, id) => ({ id, content })) });
}

/** This often an abort, or whatever else is waiting, gets its chance. */
const BREATH_MS = 50;

/** To be awaited between small pieces of work: it hardly ever waits. */
function pauses(signal: AbortSignal | undefined): () => Promise<void> | undefined {
  let breath = performance.now();
  return () => {
    signal?.throwIfAborted();
    if (performance.now() - breath < BREATH_MS) return undefined;
    return new Promise((resolve) => setTimeout(resolve, 0)).then(() => {
      breath = performance.now();
      signal?.throwIfAborted();
    });
  };
}

/** The words that were counted as the tokens of their bytes. @param first The id of the first byte. */
function findPairs(counter: WordCounter, first: number): MergeFinder {
  const idOfByte = new Int32Array(256);
  for (const [place, byte] of bytesInOrder.entries()) idOfByte[byte] = first + place;
  let ids = new Int32Array(1 << 16);
  let length = 0;
  const ends: number[] = [];
  const counts: number[] = [];
  for (const [word, count] of counter.words()) {
    const bytes = encodeText(word);
    if (length + bytes.length > ids.length) ids = grown(ids, 2 * (length + bytes.length));
    for (const byte of bytes) ids[length++] = idOfByte[byte] ?? 0;
    ends.push(length);
    counts.push(count);
  }
  return new MergeFinder(ids.slice(0, length), ends, counts);
}
