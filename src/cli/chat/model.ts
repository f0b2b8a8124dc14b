import { shortened } from "../../base/index.ts";
import { type Checkpoint, loadCheckpoint } from "../../checkpoint/index.ts";
import type { Device } from "../../engine/index.ts";
import type { Examination, Validation } from "../../evaluate/index.ts";
import {
  Decoder,
  type FinishReason,
  fitMessages,
  type GenerationConfig,
  generateText,
  reply,
} from "../../generate/index.ts";
import type { FoundModel } from "../../node/index.ts";
import { renderPrompt, type SpecialSet, specialSetOf, type TemplateMessage } from "../../text/index.ts";
import type { RunEvent } from "../../workspace/index.ts";
import { oneLine, printable } from "../terminal.ts";

/** A text as it is made, and then why it ended. */
export type Pieces = AsyncGenerator<string, FinishReason>;

/** A checkpoint that one can talk to. */
export class ChatModel {
  readonly found: FoundModel;
  readonly checkpoint: Checkpoint;
  readonly #decoder: Decoder;

  private constructor(found: FoundModel, checkpoint: Checkpoint) {
    this.found = found;
    this.checkpoint = checkpoint;
    this.#decoder = new Decoder(checkpoint);
  }

  static async load(found: FoundModel, device: Device): Promise<ChatModel> {
    return new ChatModel(found, await loadCheckpoint(found.storage, found.folder, device));
  }

  get label(): string {
    return this.found.label;
  }

  /** Whom it learned to be, where its checkpoint says so. */
  get character(): string | undefined {
    const name = oneLine(printable(this.checkpoint.training?.character ?? "")).trim();
    return name === "" ? undefined : shortened(name);
  }

  /** What it is called as it talks. */
  get name(): string {
    return this.character ?? this.label;
  }

  /** What it was made for: single questions, texts or conversations. */
  get kind(): SpecialSet {
    return specialSetOf(this.checkpoint.tokenizer.special);
  }

  get contextWindow(): number {
    return this.checkpoint.model.config.contextWindow;
  }

  /** What it says to messages, piece by piece. Of conversations, it sees as much as leaves half of its window to the reply. */
  reply(messages: readonly TemplateMessage[], config: GenerationConfig, signal?: AbortSignal): Pieces {
    const { tokenizer } = this.checkpoint;
    return reply(this.#decoder, tokenizer, this.seen(messages, config), { config, signal });
  }

  /** The messages that it sees of these. */
  seen(messages: readonly TemplateMessage[], { maxNewTokens }: GenerationConfig): readonly TemplateMessage[] {
    if (this.kind === "pairs") return messages.slice(-1);
    const half = Math.floor(this.contextWindow / 2);
    const room = { capacity: this.contextWindow, reply: Math.min(maxNewTokens, half) };
    return fitMessages(this.checkpoint.tokenizer, messages, room);
  }

  /** What it goes on with after a text, however long. */
  goOn(text: string, config: GenerationConfig, signal?: AbortSignal): Pieces {
    const showSpecial = this.kind !== "text";
    return generateText(this.#decoder, this.checkpoint.tokenizer, text, { config, signal, showSpecial });
  }

  /** What it says to one message, however long. */
  answer(message: string, config: GenerationConfig, signal?: AbortSignal): Pieces {
    const { tokenizer } = this.checkpoint;
    return generateText(this.#decoder, tokenizer, renderPrompt(tokenizer, message), { config, signal });
  }

  countTokens(text: string): number {
    return this.checkpoint.tokenizer.encode(text).length;
  }

  /** The characters of a text that it reads as `<unk>`. */
  unknownIn(text: string): string[] {
    const { tokenizer } = this.checkpoint;
    const { unk } = tokenizer.special;
    if (unk === undefined || tokenizer.kind !== "character") return [];
    return [...new Set(text)].filter((character) => tokenizer.encode(character).includes(unk));
  }

  /** What it said when it was examined, where a run has kept that. */
  async examination(): Promise<Examination | undefined> {
    return (await this.#event())?.examination;
  }

  /** How well it went on with text that it had not seen, where a run has kept that. */
  async validation(): Promise<Validation | undefined> {
    return (await this.#event())?.validation;
  }

  async #event(): Promise<Extract<RunEvent, { type: "checkpoint" }> | undefined> {
    const { run, step } = this.found;
    for (const event of (await run?.events()) ?? []) {
      if (event.type === "checkpoint" && event.step === step) return event;
    }
    return undefined;
  }

  async replyText(message: string, config: GenerationConfig): Promise<string> {
    let text = "";
    const pieces = this.kind === "text" ? this.goOn(message, config) : this.answer(message, config);
    for await (const piece of pieces) text += piece;
    return text;
  }

  release(): void {
    this.#decoder.release();
    this.checkpoint.weights.release();
  }
}
