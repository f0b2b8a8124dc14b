import type { FinishReason, GenerationConfig } from "../../generate/index.ts";
import type { ReplyTiming, Usage } from "../backend.ts";

/** The first record: which conversation this is. */
export interface BeginRecord {
  readonly type: "conversation";
  readonly id: string;
  /** ISO 8601, as all times here; `UNKNOWN_TIME` in files that say none. */
  readonly at: string;
  /** Where it went off from another one. */
  readonly forkedFrom?: { readonly conversation: string; readonly message: string } | undefined;
}

/** What someone said. It stays as it is for ever: who says it otherwise makes another version beside it. */
export interface MessageRecord {
  readonly type: "message";
  /** Unique within the conversation. */
  readonly id: string;
  /** What it follows; null of a first message. Messages of one role with one parent are versions of each other. */
  readonly parent: string | null;
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly at: string;
  /** Who answered. */
  readonly model?: { readonly address?: string | undefined; readonly name: string } | undefined;
  readonly finish?: FinishReason | undefined;
  readonly usage?: Usage | undefined;
  readonly timing?: MessageTiming | undefined;
  /** What of the generation config was not the default. */
  readonly config?: Partial<GenerationConfig> | undefined;
  /** The message whose text this one begins with, where a reply was gone on with. */
  readonly continues?: string | undefined;
}

export interface MessageTiming extends ReplyTiming {
  /** Tokens of the reply by all of its time, the reading of the prompt included. */
  readonly tokensPerSecond: number;
}

/** Which message is the newest of the path; null where nothing is on it. */
export interface HeadRecord {
  readonly type: "head";
  readonly head: string | null;
  readonly why: "choose" | "undo" | "redo";
  readonly at: string;
}

/** What the system says from now on; null for nothing. */
export interface SystemRecord {
  readonly type: "system";
  readonly text: string | null;
  readonly at: string;
}

export interface TitleRecord {
  readonly type: "title";
  readonly title: string;
  readonly at: string;
}

/** A line of a conversation's file. What is true of a conversation is what its records make of it, in their order. */
export type ConversationRecord = BeginRecord | MessageRecord | HeadRecord | SystemRecord | TitleRecord;

/** Stands for a time that nobody wrote down. */
export const UNKNOWN_TIME = "1970-01-01T00:00:00.000Z";

/** Where times and ids come from. */
export interface ConversationSources {
  /** ISO 8601. */
  now(): string;
  /** Another one each time; a name by `isName`. */
  newId(): string;
}
