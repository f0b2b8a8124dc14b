import { ParrotletError } from "../../base/index.ts";

/**
 * Characters of messages that are kept of one file. In memory one takes one byte, or two beyond Latin-1: 2.4 million short
 * messages took 1.8 GB, with all that is made of them. Chat programs export less: WhatsApp 40,000 messages.
 */
const MOST = 2 ** 28;
/** What keeping a message costs beside its text, in characters. */
const EACH = 64;

/** Counts what is kept of one file, and refuses when it becomes too much for the memory. */
export class Room {
  readonly #file: string;
  readonly #most: number;
  #taken = 0;

  constructor(file: string, most: number = MOST) {
    this.#file = file;
    this.#most = most;
  }

  /** @throws {ParrotletError} `chat-too-large` */
  take(characters: number): void {
    this.#taken += characters + EACH;
    if (this.#taken <= this.#most) return;
    throw new ParrotletError(
      "chat-too-large",
      `${this.#file} holds more than ${Math.floor(this.#most / 2 ** 20)} million characters of messages, and a chat is ` +
        "read as a whole. Export a shorter time, or cut the file between two conversations into several.",
    );
  }
}
