import type { FinishReason, GenerationConfig } from "../generate/index.ts";
import type { TemplateMessage } from "../text/index.ts";

/** What someone says. */
export type ChatMessage = TemplateMessage;

/** Where a model runs: here, in transformers.js, in node-llama-cpp, or behind an OpenAI-compatible URL. */
export type BackendKind = "tiny" | "transformers" | "llama" | "openai";

/** What not every backend can do. Asking for it where it cannot is an `unable` error. */
export interface BackendAbilities {
  /** Takes messages; without it, only `complete`. */
  readonly chat: boolean;
  /** Takes a text to go on with. */
  readonly complete: boolean;
  /** Takes a message of the role `system`. */
  readonly system: boolean;
  /** Sees more than the newest message. */
  readonly history: boolean;
  readonly logprobs: boolean;
  readonly embeddings: boolean;
  /** The kinds of `GenerationConfig.format` that it keeps to. */
  readonly formats: readonly ("json" | "json-schema" | "regex")[];
}

/** A token, and how likely the model held it: a natural logarithm, of its own distribution before any control. */
export interface TokenLogprob {
  /** Its text; of a token that is part of a character, U+FFFD stands in it. */
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly logprob: number;
}

/** A token that was chosen, and the likeliest that could have been, the likeliest first. */
export interface ChosenToken extends TokenLogprob {
  readonly alternatives: readonly TokenLogprob[];
}

/** Tokens that were read and made. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** A server did not say: a guess from the length of the texts. @default false */
  readonly estimated?: true | undefined;
}

/** In milliseconds. */
export interface ReplyTiming {
  /** Until the request's turn came. */
  readonly queued: number;
  /** From its turn to the first token. */
  readonly firstToken: number;
  /** From its turn to the end. */
  readonly total: number;
}

/** What a reply is made of, as it comes. The last event is `end`, always, and there is one. */
export type ReplyEvent =
  | {
      readonly type: "delta";
      /** May be empty where only `tokens` are told. */
      readonly text: string;
      /** The tokens that were chosen since the last event, where log-probabilities were asked for. */
      readonly tokens?: readonly ChosenToken[] | undefined;
    }
  | {
      readonly type: "end";
      readonly finish: FinishReason;
      readonly usage: Usage;
      readonly timing: ReplyTiming;
    };

export interface ReplyOptions {
  /** Ends the reply within one token; its `end` says `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** Tell each token's log-probability, with so many alternatives, 0 to 20. @default undefined: none */
  readonly logprobs?: number | undefined;
}

/**
 * A model that one can talk to, wherever it runs. Every implementation passes `describeChatBackend`.
 *
 * A reply never holds a part of a stop sequence, nor the model's own end of a turn, which always stops it. Ending the iteration
 * early (`return`) is an abort. Several replies may be made at once; where the model can only make one at a time, the others wait.
 */
export interface ChatBackend {
  readonly kind: BackendKind;
  /** What opens it again: `run:pip@500`. */
  readonly address: string;
  /** What a person calls it. */
  readonly name: string;
  /** Most tokens of prompt and reply together. */
  readonly contextWindow: number;
  readonly abilities: BackendAbilities;
  /** The tokens of the prompt that messages make, the beginning of the reply included. */
  countTokens(messages: readonly ChatMessage[]): Promise<number>;
  /** The tokens of a text alone. */
  countTextTokens(text: string): Promise<number>;
  /**
   * Answers. Where the last message is the assistant's, goes on with that one: what comes is what follows it. Where the model
   * has no `history`, all but the newest message of the user (and the assistant's after it) is left out.
   *
   * @throws {ParrotletError} `prompt-too-long` where prompt and `maxNewTokens` exceed the context window; `generation-config`, `no-chat-template`,
   * `unable`, `busy`, `out-of-memory`, `backend-down`, `backend-refused`.
   */
  reply(
    messages: readonly ChatMessage[],
    config: GenerationConfig,
    options?: ReplyOptions,
  ): AsyncGenerator<ReplyEvent, void>;
  /**
   * Goes on with a text.
   *
   * @throws {ParrotletError} As `reply`.
   */
  complete(text: string, config: GenerationConfig, options?: ReplyOptions): AsyncGenerator<ReplyEvent, void>;
  /**
   * A vector of length 1 for each text, near for texts that are alike to the model.
   *
   * @throws {ParrotletError} `unable`, `prompt-too-long`.
   */
  embed(
    texts: readonly string[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<Float32Array[]>;
  /** Frees what it holds. Replies that are being made are aborted. */
  close(): Promise<void>;
}
