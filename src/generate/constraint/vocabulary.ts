import type { Tokenizer } from "../../text/index.ts";
import { type CharacterSet, setOf } from "./character-set.ts";

/** The tokens that stand for text, as a trie of their bytes. Special tokens are not in it. */
export interface Vocabulary {
  /** `V`. */
  readonly size: number;
  /** The characters of which texts can be made; undefined: all, byte by byte. */
  readonly characters: CharacterSet | undefined;
  /** By id; undefined for tokens that never come. */
  readonly bytesOfTokens: readonly (Uint8Array | undefined)[];
  /** The trie's nodes, each before those below it. Of each: its byte, its depth from 0, and the node after all below it. */
  readonly bytes: Uint8Array;
  readonly depths: Uint16Array;
  readonly skips: Uint32Array;
  /** Tokens that end at node `n`: from `ends[n]` to before `ends[n + 1]` of `tokens`; several tokens may stand for the same bytes. */
  readonly ends: Uint32Array;
  readonly tokens: Uint32Array;
}

const known = new WeakMap<Tokenizer, Vocabulary>();

/** The vocabulary of a tokenizer, made once. */
export function vocabularyOf(tokenizer: Tokenizer): Vocabulary {
  const before = known.get(tokenizer);
  if (before) return before;
  const vocabulary = makeVocabulary(tokenizer);
  known.set(tokenizer, vocabulary);
  return vocabulary;
}

interface Token {
  readonly id: number;
  readonly bytes: Uint8Array;
}

function makeVocabulary(tokenizer: Tokenizer): Vocabulary {
  const all = Array.from({ length: tokenizer.size }, (_, id) => ({ id, bytes: tokenizer.bytesOf([id]) }));
  const some = all.filter(({ id, bytes }) => bytes.length > 0 && id !== tokenizer.special.eos);
  const single = new Set(some.filter(({ bytes }) => bytes.length === 1).map(({ bytes }) => bytes[0]));
  const complete = Array.from({ length: 0xf5 }, (_, byte) => byte).every(
    (byte) => byte === 0xc0 || byte === 0xc1 || single.has(byte),
  );
  // Without all bytes, a part of a character might be one that nothing completes: such tokens never come.
  const texts = complete ? undefined : some.map(({ bytes }) => textOf(bytes));
  const usable = some.filter((_, place) => !texts || texts[place] !== undefined);
  const bytesOfTokens = new Array<Uint8Array | undefined>(tokenizer.size).fill(undefined);
  for (const { id, bytes } of usable) bytesOfTokens[id] = bytes;
  return {
    size: tokenizer.size,
    characters: texts && singleCharacters(texts),
    bytesOfTokens,
    ...trieOf(usable),
  };
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** The characters that are tokens by themselves. */
function singleCharacters(texts: readonly (string | undefined)[]): CharacterSet {
  const codes = texts.flatMap((text) => {
    const [code, more] = Array.from(text ?? "", (character) => character.codePointAt(0) ?? 0);
    return code === undefined || more !== undefined ? [] : [[code, code] as const];
  });
  return setOf(codes);
}

type Trie = Omit<Vocabulary, "size" | "characters" | "bytesOfTokens">;

function trieOf(unsorted: readonly Token[]): Trie {
  const sorted = [...unsorted].sort((a, b) => compare(a.bytes, b.bytes));
  const bytes: number[] = [];
  const depths: number[] = [];
  // The tokens of a node come before those of the nodes below it: it begins where the count stands when it is made.
  const ends: number[] = [];
  let before: Uint8Array = new Uint8Array();
  for (const [count, token] of sorted.entries()) {
    for (let at = common(before, token.bytes); at < token.bytes.length; at++) {
      ends.push(count);
      bytes.push(token.bytes[at] ?? 0);
      depths.push(at);
    }
    before = token.bytes;
  }
  ends.push(sorted.length);
  return {
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    skips: skipsOf(depths),
    ends: Uint32Array.from(ends),
    tokens: Uint32Array.from(sorted, ({ id }) => id),
  };
}

/** For each node the first one after it that is not below it. */
function skipsOf(depths: readonly number[]): Uint32Array {
  const skips = new Uint32Array(depths.length);
  const open: number[] = [];
  for (const [node, depth] of depths.entries()) {
    while (open.length > depth) skips[open.pop() ?? 0] = node;
    open.push(node);
  }
  for (const node of open) skips[node] = depths.length;
  return skips;
}

function common(a: Uint8Array, b: Uint8Array): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = common(a, b);
  return (a[length] ?? -1) - (b[length] ?? -1);
}
