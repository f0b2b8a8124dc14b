import type { StorePart } from "./split.ts";

/** Tokens of text that are read at once. */
const CHUNK = 1 << 16;

/** The tokens of a part of a store, a stretch of text or a conversation at a time. An array is valid until the next comes. */
export function* partTokens({ text, conversations }: StorePart): Generator<Int32Array, void> {
  const chunk = new Int32Array(CHUNK);
  for (let from = 0; from < (text?.tokens ?? 0); from += CHUNK) {
    const some = chunk.subarray(0, Math.min(CHUNK, (text?.tokens ?? 0) - from));
    text?.read(from, some);
    yield some;
  }
  if (!conversations) return;
  const { lane, pieces } = conversations;
  for (const piece of pieces) {
    const tokens = new Int32Array(lane.pieces.length(piece));
    lane.read(lane.pieces.start(piece), tokens);
    yield tokens;
  }
}
