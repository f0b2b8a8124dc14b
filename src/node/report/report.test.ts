import { describe, expect, it } from "vitest";
import { MemoryStorage } from "../../base/index.ts";
import { checkRecipe } from "../../train/index.ts";
import { type RunEvent, summarize, Workspace } from "../../workspace/index.ts";
import { writeReport } from "./write-report.ts";

const checkpoint = (step: number, loss: number, best: boolean): RunEvent => ({
  ...{ type: "checkpoint", step, seconds: step / 10, loss, best },
  validation: {
    ...{ loss, perplexity: Math.exp(loss), bitsPerByte: loss / 2, tokens: 77 },
    samples: [{ prompt: "Once", text: `after ${step}\n\`\`\`` }],
  },
});
const progress = (step: number, loss: number): RunEvent => ({
  ...{ type: "progress", step, loss, rate: 0.0005, norm: 0.5, stepsPerSecond: 2.5 },
  ...{ tokensPerSecond: 2.5 * 64, seconds: step / 10, secondsLeft: 1 },
});
const source = {
  source: "/books/a.txt",
  about: "plain text",
  bytes: 5000,
  texts: 1,
  conversations: 0,
  tokens: 5002,
};
const events: readonly RunEvent[] = [
  {
    ...{
      type: "start",
      parameters: 1234,
      vocabulary: 9,
      rows: 5,
      pairs: 0,
      tokens: 4500,
      device: "wasm",
      threads: 1,
    },
    ...{ memory: { parameters: 1, gradients: 1, optimizer: 1, activations: 1 }, step: 0, steps: 60 },
    sources: [{ ...source, filters: [{ name: "length", seen: 9, dropped: 4, cut: 2 }] }],
  },
  checkpoint(0, 5, true),
  ...[progress(10, 4), progress(20, 2), checkpoint(20, 2.5, true)],
  ...[progress(40, 1), checkpoint(40, 2, true), progress(60, 0.5), checkpoint(60, 3, false)],
  { type: "end", reason: "steps", step: 60, seconds: 6, bestStep: 40 },
];

describe("the report of a training on text", () => {
  it("has losses of both kinds, tokens, measures at the best checkpoint, and how samples changed", () => {
    const report = summarize("book", events);
    expect(report).toMatchObject({ step: 60, bestStep: 40, firstLoss: 5, lastLoss: 3, reason: "steps" });
    expect(report?.text).toMatchObject({
      ...{ tokens: 4500, tokensSeen: 60 * 64, tokensPerSecond: 640, validated: 77, bitsPerByte: 1 },
      history: [
        { step: 0 },
        { step: 20 },
        { step: 40, samples: [{ prompt: "Once", text: "after 40\n```" }] },
      ],
    });
    const table = report?.checkpoints.map((each) => [
      each.trainingLoss,
      each.loss,
      each.tokensSeen,
      each.exam,
    ]);
    expect(table).toEqual([
      [undefined, 5, 0, undefined],
      [3, 2.5, 1280, undefined],
      [1, 2, 2560, undefined],
      [0.5, 3, 3840, undefined],
    ]);
  });

  it("is written with its pictures, the data and what filters left of them", async () => {
    const workspace = new Workspace(new MemoryStorage());
    const model = { preset: "classic", width: 8, layers: 1, heads: 2, contextWindow: 8 };
    const recipe = { name: "book", task: "corpus", data: "/books/a.txt", model, training: { steps: 60 } };
    const run = await workspace.createRun(checkRecipe(recipe));
    await run.replaceEvents(events);
    expect(await writeReport(run)).toMatchObject({ file: "runs/book/report.md" });
    const text = async (name: string): Promise<string> =>
      new TextDecoder().decode(await run.storage.read(`runs/book/${name}`));
    const markdown = await text("report.md");
    for (const part of [
      "**Best checkpoint: step 40**, with 1.000 bits per byte",
      "| `/books/a.txt` | plain text | training | 5,000 | 1 | 0 | 5,002 |",
      "| length | 9 | 4 | 2 |",
      "| **40** | **4.00** | **2,560** | **1.0000** | **2.0000** | **7.39** | **1.0000** |",
      "````text\nafter 20\n```\n````",
    ])
      expect(markdown).toContain(part);
    expect(markdown).not.toMatch(/exam|accuracy|undefined|NaN/);
    for (const [, name = ""] of markdown.matchAll(/\]\((\w+\.svg)\)/g)) {
      const picture = await text(name);
      expect(picture).toMatch(/^<svg[\s\S]*<path d="M/);
      expect(picture).not.toMatch(/NaN|Infinity|undefined/);
    }
    expect([...markdown.matchAll(/\.svg/g)]).toHaveLength(4);
  });
});
