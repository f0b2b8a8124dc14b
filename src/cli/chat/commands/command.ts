import { ParrotletError } from "../../../base/index.ts";
import type { ReplyOptions, SessionEvent } from "../../../chat/index.ts";
import type { Device } from "../../../engine/index.ts";
import type { Talk } from "../talk.ts";

/** What is told beside a reply. */
export interface ShownReply {
  /** What it answers, for machines. */
  readonly message: string;
  /** What the text that is shown begins with. */
  readonly begun?: string;
  /** What comes follows the reply above. */
  readonly goesOn?: boolean;
}

/** What commands act on. */
export interface CommandTarget {
  readonly talk: Talk;
  readonly json: boolean;
  /** What models of ours compute on. */
  readonly device: () => Promise<Device>;
  write(text: string): void;
  /** Something of less weight. */
  remark(text: string): void;
  /** Shows a reply as it is made. */
  show(start: (options: ReplyOptions) => AsyncGenerator<SessionEvent, void>, told: ShownReply): Promise<void>;
  /** Runs work that Ctrl-C stops. */
  stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  leave(): void;
}

export interface ChatCommand {
  readonly usage: string;
  readonly about: string;
  readonly run: (target: CommandTarget, argument: string) => Promise<void> | void;
}

export const misused = (message: string): ParrotletError => new ParrotletError("usage", message);
