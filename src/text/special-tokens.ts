/** The tokens that structure a conversation or a document, and that no text can contain. */
export interface SpecialTokens {
  /** Fills rows up to the same length; never counts. */
  readonly pad: number;
  /** Begins a conversation or a document. */
  readonly bos: number;
  /** Ends an answer or a document. */
  readonly eos: number;
  /** Stands between a question and its answer, in the set `pairs`. */
  readonly sep: number | undefined;
  /** Begin what each side says, in the set `chat`. */
  readonly system: number | undefined;
  readonly user: number | undefined;
  readonly assistant: number | undefined;
  /** Stands for a character that the tokenizer does not know; absent where such text is refused, or where there is none. */
  readonly unk: number | undefined;
}

/** Which special tokens a tokenizer has: for single questions with their answers, for documents, or for conversations. */
export type SpecialSet = "pairs" | "text" | "chat";

/** The special tokens of each set, in the order of their ids, from 0. `<unk>` follows where there is one. */
export const SPECIAL_SETS: Readonly<Record<SpecialSet, readonly string[]>> = {
  pairs: ["<pad>", "<bos>", "<sep>", "<eos>"],
  text: ["<pad>", "<bos>", "<eos>"],
  chat: ["<pad>", "<bos>", "<eos>", "<system>", "<user>", "<assistant>"],
};

export const UNKNOWN = "<unk>";

/**
 * Names that other programs give to what we need, most telling first. GPT-2's one special token begins and ends documents
 * alike; what a tokenizer has no token for is filled up with the one that ends a text, which is then never a target.
 */
const NAMES = {
  eos: ["<eos>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>", "</s>"],
  bos: ["<bos>", "<|begin_of_text|>", "<|startoftext|>", "<s>", "<|endoftext|>"],
  pad: ["<pad>", "<|pad|>", "[PAD]", "<|finetune_right_pad_id|>", "<|endoftext|>"],
} as const;

/**
 * The special tokens of a tokenizer, found by their names.
 *
 * @param ids By name. @returns Nothing where no token ends a text.
 */
export function findSpecial(ids: ReadonlyMap<string, number>): SpecialTokens | undefined {
  const find = (names: readonly string[]): number | undefined =>
    names.map((name) => ids.get(name)).find((id) => id !== undefined);
  const eos = find(NAMES.eos);
  if (eos === undefined) return undefined;
  const [sep, system, user, assistant, unk] = ["<sep>", "<system>", "<user>", "<assistant>", UNKNOWN].map(
    (name) => ids.get(name),
  );
  return { pad: find(NAMES.pad) ?? eos, bos: find(NAMES.bos) ?? eos, eos, sep, system, user, assistant, unk };
}

/** The set that a tokenizer's special tokens make up. */
export function specialSetOf({ sep, system, user, assistant }: SpecialTokens): SpecialSet {
  if (sep !== undefined) return "pairs";
  return system !== undefined && user !== undefined && assistant !== undefined ? "chat" : "text";
}
