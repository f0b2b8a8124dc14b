import type { BodyLimits } from "./read-json.ts";

/** What one client, or all together, may take. */
export interface Limits extends BodyLimits {
  /** Requests that wait for their first token; more are refused with 429. @default 256 */
  readonly waiting: number;
  /** Until an answer must be complete, in seconds. @default 600 */
  readonly requestSeconds: number;
  /** Models that stay open where nobody asks them anything. @default 4 */
  readonly openModels: number;
  /** Least time between two pieces of a stream but the first, in milliseconds: what is made meanwhile goes together. With many streams it is longer, up to 100. @default 10 */
  readonly flushMs: number;
  /** After so long a silence, a stream says that it lives, in milliseconds. @default 15,000 */
  readonly keepAliveMs: number;
  /** So long an error is waited for before a stream begins, so that it can still have its status, in milliseconds. @default 5,000 */
  readonly headMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 2 ** 20,
  jsonDepth: 64,
  waiting: 256,
  requestSeconds: 600,
  openModels: 4,
  flushMs: 10,
  keepAliveMs: 15_000,
  headMs: 5000,
};
