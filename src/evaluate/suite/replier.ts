import { ParrotletError, present } from "../../base/index.ts";
import { Decoder, fitMessages, generationConfig, sampleRows } from "../../generate/index.ts";
import type { LanguageModel, Weights } from "../../model/index.ts";
import { renderPrompt, specialSetOf, type TemplateMessage, type Tokenizer } from "../../text/index.ts";

type Messages = readonly TemplateMessage[];

/** What is said, and whether a limit cut it off before its end. */
export interface Reply {
  readonly text: string;
  readonly cut: boolean;
}

/** Whatever answers: the same reply to the same messages, always. */
export interface Replier {
  /** @param messages The last one is the user's. */
  reply(messages: Messages): string | Reply | Promise<string | Reply>;
  /** The same for several conversations side by side, where that is faster. */
  replyAll?(conversations: readonly Messages[]): readonly Reply[] | Promise<readonly Reply[]>;
  /** How many conversations `replyAll` takes best. @default 1 */
  readonly atOnce?: number;
}

export interface ModelReplierOptions {
  readonly model: LanguageModel;
  readonly weights: Weights;
  readonly tokenizer: Tokenizer;
  /** Conversations that are answered side by side. @default 32 */
  readonly rows?: number;
  /** The most tokens of a reply. @default 60; where tokens are characters or bytes, 240 */
  readonly maxNewTokens?: number;
}

/** Tokens of a reply in an exam, at the most: about as much text whatever the tokens are. */
export const mostReplyTokens = ({ kind }: Tokenizer): number => (kind === "bpe" ? 60 : 240);

const NOTHING: Reply = { text: "", cut: false };

/**
 * A model that says what it holds likeliest, token by token, until it ends its reply itself. As in a chat, of a conversation that is
 * too long the oldest exchanges go; a model of single questions sees the last message alone. To messages that it cannot read,
 * because they are too long or hold characters that it does not know, it says nothing.
 */
export class ModelReplier implements Replier {
  readonly atOnce: number;
  readonly #decoder: Decoder;
  readonly #tokenizer: Tokenizer;
  readonly #maxNewTokens: number;

  /** @throws {ParrotletError} `exam-needs-replies` where the model goes on with texts and answers nobody. */
  constructor({ model, weights, tokenizer, rows = 32, maxNewTokens }: ModelReplierOptions) {
    requireReplies(tokenizer);
    const most = maxNewTokens ?? mostReplyTokens(tokenizer);
    this.atOnce = rows;
    this.#decoder = new Decoder({ model, weights, rows });
    this.#tokenizer = tokenizer;
    this.#maxNewTokens = most;
  }

  reply(messages: Messages): Reply {
    return present(this.replyAll([messages])[0], "a reply");
  }

  /** @param conversations Up to `atOnce`. */
  replyAll(conversations: readonly Messages[]): Reply[] {
    const prompts = conversations.map((messages) => this.#read(messages));
    const some = prompts.find((prompt) => prompt !== undefined);
    if (!some) return prompts.map(() => NOTHING);
    const rows = Array.from({ length: this.atOnce }, (_, row) => prompts[row] ?? some);
    const config = generationConfig({ maxNewTokens: this.#maxNewTokens });
    const replies = sampleRows(this.#decoder, rows, this.#tokenizer, config);
    return prompts.map((prompt, row) => (prompt ? present(replies[row], "a reply") : NOTHING));
  }

  #read(messages: Messages): readonly number[] | undefined {
    const { capacity } = this.#decoder;
    const room = { capacity, reply: Math.min(this.#maxNewTokens, Math.floor(capacity / 2)) };
    const prompt = readPrompt(this.#tokenizer, messages, room);
    return prompt && prompt.length <= room.capacity ? prompt : undefined;
  }

  release(): void {
    this.#decoder.release();
  }
}

/** The messages as a model sees them; nothing where they hold characters that its tokenizer does not know. */
export function readPrompt(
  tokenizer: Tokenizer,
  messages: Messages,
  room: { readonly capacity: number; readonly reply: number },
): readonly number[] | undefined {
  try {
    const single = specialSetOf(tokenizer.special) === "pairs";
    const seen = single ? messages.slice(-1) : fitMessages(tokenizer, messages, room);
    return renderPrompt(tokenizer, seen);
  } catch (error) {
    if (error instanceof ParrotletError && error.code === "unknown-character") return undefined;
    throw error;
  }
}

/** @throws {ParrotletError} `exam-needs-replies`. */
export function requireReplies(tokenizer: Tokenizer): void {
  if (specialSetOf(tokenizer.special) !== "text") return;
  const message =
    "This model goes on with texts: nothing tells it that it is asked, so it cannot take an exam. " +
    "Train one on conversations or on questions with answers: parrotlet train pip";
  throw new ParrotletError("exam-needs-replies", message);
}
