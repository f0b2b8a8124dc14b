import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { StopSequences } from "./stop-sequences.ts";

/** What comes out of a text in these pieces, and whether it was stopped. */
function through(sequences: readonly string[], pieces: readonly string[]): [text: string, stopped: boolean] {
  const stop = new StopSequences(sequences);
  const text = pieces.map((piece) => stop.push(piece)).join("") + stop.flush();
  return [text, stop.stopped];
}

/** The same, letter by letter over the whole text. */
function naive(sequences: readonly string[], text: string): [text: string, stopped: boolean] {
  for (let end = 1; end <= text.length; end++) {
    const found = sequences.filter((sequence) => text.slice(0, end).endsWith(sequence));
    if (found.length > 0) return [text.slice(0, end - Math.max(...found.map(({ length }) => length))), true];
  }
  return [text, false];
}

describe("stop sequences", () => {
  it("end the text before them, also where they span pieces", () => {
    expect(through(["END"], ["one E", "N", "D two"])).toEqual(["one ", true]);
  });

  it("keep nothing back that was none after all", () => {
    expect(through(["END"], ["EN", "ENE", "N"])).toEqual(["ENENEN", false]);
  });

  it("give what is certain at once", () => {
    const stop = new StopSequences(["\n\n"]);
    expect(["a", "\n", "b\n"].map((piece) => stop.push(piece))).toEqual(["a", "", "\nb"]);
    expect(stop.flush()).toBe("\n");
  });

  it("find the same as a search letter by letter, whatever the pieces", () => {
    const rng = new Rng(3);
    const word = (length: number): string =>
      Array.from({ length }, () => "abc".charAt(rng.below(3))).join("");
    for (let round = 0; round < 500; round++) {
      const text = word(rng.below(20));
      const sequences = Array.from({ length: rng.below(4) }, () => word(1 + rng.below(4)));
      const pieces: string[] = [];
      for (let at = 0; at < text.length; ) {
        const length = 1 + rng.below(4);
        pieces.push(text.slice(at, at + length));
        at += length;
      }
      expect(through(sequences, pieces)).toEqual(naive(sequences, text));
    }
  });
});
