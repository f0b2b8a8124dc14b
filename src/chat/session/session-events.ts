import type { FinishReason } from "../../generate/index.ts";
import type { ReplyEvent, ReplyTiming, Usage } from "../backend.ts";
import type { MessageRecord } from "./records.ts";

/** What the model is given, before it says anything. */
export interface PromptEvent {
  readonly type: "prompt";
  /** What the system says, where the model is told. */
  readonly system: string | undefined;
  readonly kept: readonly MessageRecord[];
  /** The oldest exchanges, which the context window has no room for. */
  readonly dropped: readonly MessageRecord[];
  /** What there is, but is not for this model: it takes no system message, or sees one message at a time. */
  readonly ignored: readonly ("system" | "history")[];
  readonly promptTokens: number;
  readonly maxNewTokens: number;
  readonly seed: number;
}

/** What a session tells while a reply is made: one `prompt`, deltas, one `end`. */
export type SessionEvent =
  | PromptEvent
  | Extract<ReplyEvent, { type: "delta" }>
  | {
      readonly type: "end";
      /** The reply as it was recorded; undefined where nothing was said. */
      readonly message: MessageRecord | undefined;
      readonly finish: FinishReason;
      readonly usage: Usage;
      readonly timing: ReplyTiming;
    };

export interface SessionStats {
  /** Of the newest reply of the path. */
  readonly tokensPerSecond: number | undefined;
  /** Tokens of prompt and reply, when the newest reply was made. */
  readonly contextUsed: number | undefined;
  readonly contextWindow: number;
  /** Messages that the last prompt of this session had no room for. */
  readonly dropped: number;
  /** Of all versions that are recorded. */
  readonly replies: number;
  readonly totals: Usage;
}
