import { ParrotletError, shown } from "../base/index.ts";

/** An entry of `added_tokens`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Text never makes an added token; decoding leaves the special ones out. @default true */
  readonly special?: boolean;
}

/** What is the same in every `tokenizer.json` that we write. */
export const fileOf = (
  added: readonly AddedToken[],
  parts: { normalizer?: unknown; pre_tokenizer: unknown; decoder: unknown; model: unknown },
): Record<string, unknown> => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: added.map(({ id, content, special = true }) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special,
  })),
  normalizer: parts.normalizer ?? null,
  pre_tokenizer: parts.pre_tokenizer,
  post_processor: null,
  decoder: parts.decoder,
  model: parts.model,
});

/** `model` and `decoder` of a byte-level BPE. */
export const byteLevel = (
  tokens: readonly string[],
  merges: readonly string[] = [],
  ignoreMerges = false,
): { decoder: unknown; model: unknown } => ({
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE",
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: ignoreMerges,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges,
  },
});

/** Refuses a file. */
export type Refuse = (problem: string) => never;

export const refusing =
  (file: string): Refuse =>
  (problem) => {
    throw new ParrotletError("tokenizer-invalid", `${file}: ${problem}`);
  };

/** A part of a file as an object, whatever it is. */
export const asObject = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};

/**
 * The tokens of a vocabulary in the order of their ids, which must be 0, 1, 2, ... without a gap.
 *
 * @param entries Tokens with what the file says is their id.
 */
export function inOrder(entries: Iterable<readonly [token: string, id: unknown]>, refuse: Refuse): string[] {
  const sorted = [...entries].sort(([, a], [, b]) => numeric(a) - numeric(b));
  for (const [place, [token, id]] of sorted.entries()) {
    if (id !== place) refuse(`token ${shown(token)} has id ${shown(id)}, where ${place} is wanted.`);
  }
  return sorted.map(([token]) => token);
}

/** For sorting ids that may be anything. */
const numeric = (id: unknown): number => (typeof id === "number" ? id : -1);
