import type { Conversation, ReadProblem } from "../item.ts";
import type { Speaker } from "./chat-log.ts";

export interface ChatReadOptions {
  /**
   * The speaker that the model shall learn to be; all others are users. Case and spaces around it do not matter.
   * @default none: exports of chat programs then fail; transcripts take the speaker called assistant, bot or AI, or else
   * the one who speaks second in each conversation
   */
  readonly me?: string | undefined;
  /**
   * Hours of silence after which a message begins a new conversation. Six are longer than the pauses of a day, after
   * which people go on with what they were talking about, and shorter than a night, after which they greet again.
   * @default 6
   */
  readonly gapHours?: number | undefined;
  /** Is told who writes, before anything of it is refused. */
  readonly onSpeakers?: ((speakers: readonly Speaker[]) => void) | undefined;
}

/**
 * A kind of file that holds chats. What all readers do: messages in a row of one side become one turn, with line ends
 * between them; a conversation begins with a turn of the others and ends with one of `me`, since nothing can be learned
 * from what stands outside; in a chat of more than two, each other's name stands before what they say. What was left
 * out is counted and told as a problem. A file's messages are collected before the first conversation comes, because
 * names must be known; `Room` bounds that.
 */
export interface ChatFormat {
  readonly id: "transcript" | "whatsapp" | "telegram" | "discord";
  /** One line for people. */
  readonly about: string;
  /** How sure it is, from 0 to 1, that a file is of this kind: from its name and the first 64 KiB of its text. */
  recognises(head: string, name: string): number;
  /**
   * The conversations in a decoded file.
   *
   * @throws {ParrotletError} `speaker-unknown` where `me` is missing or nobody's name; `chat-too-large`;
   * `bad-gap` where `gapHours` is not above 0.
   */
  read(
    text: AsyncIterable<string>,
    file: string,
    options: ChatReadOptions,
    problems: (problem: ReadProblem) => void,
  ): AsyncGenerator<Conversation, void>;
}
