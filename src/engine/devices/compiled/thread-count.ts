import { ParrotletError } from "../../../base/index.ts";

/** More threads than this do not pay. */
export const MOST_THREADS = 64;

/**
 * A number of threads, checked. @param source What the number is, for the message.
 *
 * @throws {ParrotletError} `bad-threads`
 */
export function checkedThreads(count: number, source: string): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_THREADS) return count;
  const message = `${source} is ${count}; it must be a whole number from 1 to ${MOST_THREADS}.`;
  throw new ParrotletError("bad-threads", message);
}
