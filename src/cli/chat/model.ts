import { type Checkpoint, loadCheckpoint } from "../../checkpoint/index.ts";
import type { Device } from "../../engine/index.ts";
import type { Examination } from "../../evaluate/index.ts";
import { Decoder, type FinishReason, type GenerationConfig, reply } from "../../generate/index.ts";
import type { FoundModel } from "../../node/index.ts";

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

  /** The reply to one message, piece by piece. */
  reply(
    message: string,
    config: GenerationConfig,
    signal?: AbortSignal,
  ): AsyncGenerator<string, FinishReason> {
    const options = signal ? { config, signal } : { config };
    return reply(this.#decoder, this.checkpoint.tokenizer, message, options);
  }

  /** What it said when it was examined, where a run has kept that. */
  async examination(): Promise<Examination | undefined> {
    const { run, step } = this.found;
    for (const event of (await run?.events()) ?? []) {
      if (event.type === "checkpoint" && event.step === step) return event.examination;
    }
    return undefined;
  }

  async replyText(message: string, config: GenerationConfig): Promise<string> {
    let text = "";
    for await (const piece of this.reply(message, config)) text += piece;
    return text;
  }

  release(): void {
    this.#decoder.release();
    this.checkpoint.weights.release();
  }
}
