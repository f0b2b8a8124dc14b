import type { Tokenizer } from "../text/index.ts";
import { StopSequences } from "./stop-sequences.ts";

/** What is certain now. */
export interface TextDelta {
  /** Whole characters, often none. */
  readonly text: string;
  /** So many more of the tokens, in the order in which they were pushed, are part of the text. */
  readonly tokens: number;
}

export interface TokenTextOptions {
  readonly stopSequences: readonly string[];
  /** Write special tokens by their names. @default false: they are no text */
  readonly showSpecial?: boolean | undefined;
}

/**
 * Tokens in, text out: in whole characters, and up to the first stop sequence, of which no part ever comes. A token counts as
 * part of the text once all of its text is certain; of a character that takes several tokens, all count with the last. Of a token
 * that a stop sequence begins within, what is before that counts, and so does the token. Of broken UTF-8, a token may count with its neighbour.
 */
export class TokenText {
  readonly #tokenizer: Tokenizer;
  readonly #showSpecial: boolean;
  readonly #characters: ReturnType<Tokenizer["decodeStream"]>;
  readonly #stop: StopSequences;
  /** Where the text of each token begins and ends that was not told yet; the last `#open` wait for the end of a character. */
  #spans: { start: number; end: number }[] = [];
  #open = 0;
  /** UTF-16 code units that came in, and that went out. */
  #made = 0;
  #told = 0;

  constructor(tokenizer: Tokenizer, { stopSequences, showSpecial = false }: TokenTextOptions) {
    this.#tokenizer = tokenizer;
    this.#showSpecial = showSpecial;
    this.#characters = tokenizer.decodeStream();
    this.#stop = new StopSequences(stopSequences);
  }

  /** A stop sequence was found: nothing follows. */
  get stopped(): boolean {
    return this.#stop.stopped;
  }

  push(token: number): TextDelta {
    if (this.stopped) return { text: "", tokens: 0 };
    const special = this.#tokenizer.byteLength(token) === 0;
    this.#spans.push({ start: this.#made, end: this.#made });
    this.#open++;
    const shown = special && this.#showSpecial;
    const text = shown
      ? this.#characters.flush() + this.#tokenizer.show(token)
      : this.#characters.push(token);
    // A special token within a character belongs to it; alone it is whole as it is.
    const whole = text !== "" || (special && this.#open === 1);
    return this.#certain(text, whole, this.#stop.push(text));
  }

  /** What was kept back, at the end. */
  flush(): TextDelta {
    if (this.stopped) return { text: "", tokens: 0 };
    const text = this.#characters.flush();
    const certain = this.#stop.push(text);
    return this.#certain(text, true, certain + this.#stop.flush());
  }

  #certain(made: string, whole: boolean, text: string): TextDelta {
    this.#made += made.length;
    if (whole) {
      for (const span of this.#spans.slice(this.#spans.length - this.#open)) span.end = this.#made;
      this.#open = 0;
    }
    this.#told += text.length;
    const closed = this.#spans.length - this.#open;
    let tokens = 0;
    while (tokens < closed && this.#isCertain(this.#spans[tokens])) tokens++;
    this.#spans.splice(0, tokens);
    return { text, tokens };
  }

  #isCertain(span: { start: number; end: number } | undefined): boolean {
    return span !== undefined && (this.stopped ? span.start < this.#told : span.end <= this.#told);
  }
}
