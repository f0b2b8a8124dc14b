/**
 * The first token of a long text that the model still sees, of `length` tokens in a window of `capacity`.
 *
 * The window moves by half of itself, not by a token: what the KV cache keeps of a token was computed at that token's
 * position and from all before it, so nothing of it holds once the window begins elsewhere, and what stays must be fed
 * again. Half windows make that less than one token read for each that is made, in blocks; token by token it would be a
 * whole window for each. The model always sees more than half of its window, and the same part of a text whether it wrote it
 * or was given it.
 */
export function windowStart(length: number, capacity: number): number {
  const hop = Math.ceil(capacity / 2);
  return hop * Math.max(0, Math.ceil((length - capacity) / hop));
}
