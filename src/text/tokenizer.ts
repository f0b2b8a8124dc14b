/** The tokens that structure a conversation and that no text can contain. */
export interface SpecialTokens {
  /** Fills rows up to the same length; never counts. */
  readonly pad: number;
  /** Begins a conversation. */
  readonly bos: number;
  /** Stands between a question and its answer. */
  readonly sep: number;
  /** Ends an answer. */
  readonly eos: number;
  /** Stands for a character that the tokenizer does not know; absent where such text is refused. */
  readonly unk: number | undefined;
}

/** Turns text into token ids and back. Every implementation passes `describeTokenizer`. */
export interface Tokenizer {
  /** The number of token ids: `V`. */
  readonly size: number;
  readonly special: SpecialTokens;
  /**
   * The ids of a text; never a special token, whatever the text, but `unk`.
   *
   * @throws {ParrotletError} `unknown-character`, with the character and its place, where there is no `unk`.
   */
  encode(text: string): number[];
  /** The text of ids, without special tokens. */
  decode(ids: Iterable<number>): string;
  /** How to show one token: its text, or the name of a special token. */
  show(id: number): string;
  /** A Hugging Face `tokenizer.json`. */
  toJson(): Record<string, unknown>;
}
