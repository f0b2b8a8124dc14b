/**
 * Ends a text before the first of several sequences, in whatever pieces the text comes. Of two that overlap, the one that is
 * whole first counts; a piece that may be the beginning of a sequence is kept back until that is known.
 */
export class StopSequences {
  /** A sequence was found: nothing follows. */
  stopped = false;
  readonly #sequences: readonly string[];
  #kept = "";

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences;
  }

  /** What is certainly part of the text, now that this piece came. */
  push(piece: string): string {
    if (this.stopped) return "";
    if (this.#sequences.length === 0) return piece;
    const text = this.#kept + piece;
    const end = this.#firstIn(text);
    if (end !== undefined) {
      this.stopped = true;
      this.#kept = "";
      return text.slice(0, end);
    }
    const certain = text.length - this.#beginningAtEnd(text);
    this.#kept = text.slice(certain);
    return text.slice(0, certain);
  }

  /** What was kept back, at the end. */
  flush(): string {
    const rest = this.#kept;
    this.#kept = "";
    return rest;
  }

  /** Where the sequence begins that is whole first; of several at once, the longest. */
  #firstIn(text: string): number | undefined {
    let first: { readonly start: number; readonly end: number } | undefined;
    for (const sequence of this.#sequences) {
      const start = text.indexOf(sequence);
      if (start < 0) continue;
      const end = start + sequence.length;
      if (!first || end < first.end || (end === first.end && start < first.start)) first = { start, end };
    }
    return first?.start;
  }

  /** The length of the longest end of the text that begins a sequence. */
  #beginningAtEnd(text: string): number {
    let longest = 0;
    for (const sequence of this.#sequences) {
      for (let length = Math.min(sequence.length - 1, text.length); length > longest; length--) {
        if (sequence.startsWith(text.slice(-length))) longest = length;
      }
    }
    return longest;
  }
}
