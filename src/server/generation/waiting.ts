import { BusyError } from "../../chat/index.ts";
import type { Call } from "../route.ts";

/**
 * Counts a request as one that waits for a model, until what it gives back is called or the request is over.
 *
 * @throws {BusyError} Where as many wait as may.
 */
export function waitInLine({ context: { metrics, limits }, exchange }: Call): () => void {
  if (metrics.waiting >= limits.waiting) throw new BusyError(metrics.waiting, 1);
  exchange.signal.throwIfAborted();
  metrics.waiting++;
  let waiting = true;
  const noLonger = (): void => {
    if (waiting) metrics.waiting--;
    waiting = false;
  };
  exchange.onEnd(noLonger);
  return noLonger;
}
