import { type Checkpoint, loadCheckpoint } from "../checkpoint/index.ts";
import type { Device } from "../engine/index.ts";
import { Decoder, type FinishReason, type GenerationConfig, generateText } from "../generate/index.ts";
import type { FoundModel } from "../node/index.ts";
import { renderPrompt, type SpecialSet, specialSetOf, type Tokenizer } from "../text/index.ts";

/** A text as it is made, and then why it ended. */
export type Pieces = AsyncGenerator<string, FinishReason>;

/** A checkpoint that writes texts of any length: its context window slides along. */
export class LocalModel {
  readonly label: string;
  readonly #checkpoint: Checkpoint;
  readonly #decoder: Decoder;

  private constructor(label: string, checkpoint: Checkpoint) {
    this.label = label;
    this.#checkpoint = checkpoint;
    this.#decoder = new Decoder(checkpoint);
  }

  static async load({ label, storage, folder }: FoundModel, device: Device): Promise<LocalModel> {
    return new LocalModel(label, await loadCheckpoint(storage, folder, device));
  }

  /** What it was made for: single questions, texts or conversations. */
  get kind(): SpecialSet {
    return specialSetOf(this.#checkpoint.tokenizer.special);
  }

  /** What it goes on with after a text. */
  goOn(text: string, config: GenerationConfig, signal?: AbortSignal): Pieces {
    const showSpecial = this.kind !== "text";
    return generateText(this.#decoder, this.#checkpoint.tokenizer, text, { config, signal, showSpecial });
  }

  /** What it says to one message. */
  answer(message: string, config: GenerationConfig, signal?: AbortSignal): Pieces {
    const { tokenizer } = this.#checkpoint;
    return generateText(this.#decoder, tokenizer, renderPrompt(tokenizer, message), { config, signal });
  }

  countTokens(text: string): number {
    return this.#checkpoint.tokenizer.encode(text).length;
  }

  unknownIn(text: string): string[] {
    return unknownCharacters(this.#checkpoint.tokenizer, text);
  }

  release(): void {
    this.#decoder.release();
    this.#checkpoint.weights.release();
  }
}

/** The characters of a text that a tokenizer reads as `<unk>`. */
export function unknownCharacters(tokenizer: Tokenizer, text: string): string[] {
  const { unk } = tokenizer.special;
  if (unk === undefined || tokenizer.kind !== "character") return [];
  return [...new Set(text)].filter((character) => tokenizer.encode(character).includes(unk));
}
