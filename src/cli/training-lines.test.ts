import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { RunEvent } from "../workspace/index.ts";
import { TrainingLines } from "./training-lines.ts";

const progress = (step: number): RunEvent => ({
  ...{ type: "progress", step, loss: 1.5, rate: 0.00123, norm: 0.456, stepsPerSecond: 2 },
  ...{ tokensPerSecond: 12_345.6, seconds: step, secondsLeft: 90 },
});
const start: RunEvent = {
  ...{
    type: "start",
    parameters: 10,
    vocabulary: 5,
    rows: 1,
    pairs: 0,
    tokens: 9876,
    device: "wasm",
    threads: 1,
  },
  ...{ memory: { parameters: 1, gradients: 1, optimizer: 1, activations: 1 }, step: 0, steps: 100 },
};
const checkpoint: RunEvent = {
  ...{ type: "checkpoint", step: 50, seconds: 7, loss: 1, best: true },
  validation: {
    ...{ loss: 1, perplexity: Math.E, bitsPerByte: Math.LOG2E, tokens: 9 },
    samples: [{ prompt: "Once\nthere", text: "\nwas\n\na \u001b[31mgoat" }],
  },
};

describe("a training in lines", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("tells progress every few seconds, measures of unseen text, and samples on lines of their own", () => {
    let written = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      written += String(text);
      return true;
    });
    let now = 0;
    const lines = new TrainingLines("book", { seconds: undefined, hold: 0 }, () => now);
    lines.print(start);
    for (let step = 1; step <= 40; step++) {
      now += 300;
      lines.print(progress(step));
    }
    lines.print(checkpoint);
    now += 4999;
    lines.print(progress(60));
    const all = stripVTControlCharacters(written).split("\n");
    expect(all.slice(0, 2)).toEqual([
      "book: 10 parameters, 9,876 tokens of text, a vocabulary of 5, on wasm",
      "steps 0 to 100; Ctrl-C stops and saves",
    ]);
    expect(all.slice(2, 4).map((line) => line.split(/ {2,}/))).toEqual(
      ["17", "34"].map((step) => [
        ...["step", step, step === "17" ? "17 s" : "34 s", "loss 1.500", "12,346 tokens/s"],
        ...["rate 0.00123", "norm 0.456", `${step}%, 1:30 min left`],
      ]),
    );
    expect(all.slice(4)).toEqual([
      "step      50     7.0 s  validation loss 1.000  perplexity 2.718  1.443 bits per byte  best so far",
      ...["", "▸ Once there", "  was", "  a \ufffd[31mgoat", "", ""],
    ]);
  });
});
