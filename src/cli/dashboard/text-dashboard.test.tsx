import { render } from "ink-testing-library";
import { describe, expect, it } from "vitest";
import type { RunEvent } from "../../workspace/index.ts";
import { Dashboard } from "./dashboard.tsx";
import { lossRange, overlaid } from "./loss-chart.tsx";
import { Show } from "./show.ts";

const MEMORY = { parameters: 4, gradients: 4, optimizer: 8, activations: 16 };
const start: RunEvent = {
  ...{ type: "start", parameters: 6224, vocabulary: 51, rows: 2, pairs: 0, tokens: 9876, device: "wasm" },
  ...{ threads: 1, memory: MEMORY, step: 0, steps: 40 },
};

const checkpoint = (step: number, loss: number, texts: readonly string[], best = true): RunEvent => ({
  ...{ type: "checkpoint", step, seconds: step, loss, best },
  validation: {
    ...{ loss, perplexity: Math.exp(loss), bitsPerByte: loss / Math.LN2, tokens: 99 },
    samples: texts.map((text, index) => ({ prompt: `Once ${index}`, text })),
  },
});

const progress = (step: number, loss: number): RunEvent => ({
  ...{ type: "progress", step, loss, rate: 0.00123, norm: 0.456, stepsPerSecond: 1.25 },
  ...{ tokensPerSecond: 12_345, seconds: step, secondsLeft: 2 },
});

async function played(events: readonly RunEvent[]): Promise<string> {
  const abort = new AbortController();
  async function* all(): AsyncGenerator<RunEvent, void> {
    yield* events;
  }
  const pace = { seconds: undefined, hold: 0 };
  const show = new Show({ run: "book", events: all(), pace, steps: 40, checkpointSteps: 20, abort });
  const { lastFrame } = render(<Dashboard show={show} />);
  await show.play();
  await new Promise((resolve) => setTimeout(resolve, 100));
  return lastFrame() ?? "";
}

describe("the dashboard of a training on text", () => {
  it("shows measures, best and before, how the training goes, and samples of several lines", async () => {
    const frame = await played([
      ...[start, checkpoint(0, 4, ["x y", "z"]), progress(20, 2), checkpoint(20, 1, ["was a goat.", "ship"])],
      ...[progress(40, 1.5), checkpoint(40, 1.5, ["there was\na goat", ""], false)],
    ]);
    const parts = [
      ...["book", "6,224 parameters on wasm", "step 40 of 40", "1.3 steps/s", "loss 1.500"],
      ...["12,345 tokens/s", "learning rate 0.00123", "gradient norm 0.456"],
      ...["Checkpoint 2 after 40 steps", "bits per byte 2.164", "perplexity 4.482"],
      "validation loss  now 1.500   best 1.000 at step 20   before 1.000",
      ...["▸ Once 0\n  there was\n  a goat", "▸ Once 1\n  (nothing)", "training, validation"],
    ];
    for (const part of parts) expect(frame.replaceAll(/ +\n/g, "\n")).toContain(part);
    expect(frame).not.toMatch(/exam|wanted|x y/);
  });

  it("tells what there is to learn from before the first step, and shows no samples where none were made", async () => {
    expect(await played([start])).toContain("9,876 tokens to learn from");
    const frame = await played([start, checkpoint(0, 4, [])]);
    expect(frame).toContain("validation loss  now 4.000");
    expect(frame).not.toContain("▸");
  });
});

describe("the chart of two losses", () => {
  it("has a range without the cliff at the beginning, and never an empty one", () => {
    const curve = Array.from({ length: 101 }, (_, step) => [step, step < 5 ? 9 : 2 - step / 100] as const);
    expect(lossRange(curve)).toEqual([1, 1.9]);
    expect(lossRange([[0, 3]])).toEqual([3, 3.06]);
    expect(lossRange([])).toEqual([0, 1]);
  });

  it("lets one line lie on the other", () => {
    expect(overlaid("⠁⠁  ", " ⠂ ⠂")).toEqual([
      { text: "⠁", above: false },
      { text: "⠃", above: true },
      { text: " ", above: false },
      { text: "⠂", above: true },
    ]);
  });
});
