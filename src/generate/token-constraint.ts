/** Which tokens may come next in a text that must have a form. One for each sequence. */
export interface TokenConstraint {
  /** Makes every token that may not come next impossible (-Infinity). `eos` is possible where the text may end here. */
  mask(logits: Float32Array): void;
  /** Goes on with a token that `mask` left possible. */
  accept(token: number): void;
  /** Nothing but the end can follow. */
  readonly ended: boolean;
}
