import { describe, expect, it } from "vitest";
import { decodeText, encodeText, MemoryStorage } from "../base/index.ts";
import { type Checkpoint, encodeCheckpoint, loadCheckpoint, saveCheckpoint } from "../checkpoint/index.ts";
import { readCorpus } from "../data/index.ts";
import { ReferenceDevice } from "../engine/index.ts";
import type { TrainEvent } from "./events.ts";
import { checkRecipe } from "./parse-recipe.ts";
import type { Recipe } from "./recipe.ts";
import { type TrainOptions, train } from "./train.ts";
import type { TrainingJob } from "./training-run.ts";

const corpus = readCorpus(
  encodeText(
    "- {question: a, answer: bc}\n- {question: b, answer: ca}\n- {question: cc, answer: ab, times: 2}",
  ),
  "abc.yaml",
);

interface Changes {
  readonly model?: object;
  readonly training?: object;
  readonly optimizer?: object;
  readonly seed?: number;
}

function recipe({ model, training, optimizer, seed = 1 }: Changes = {}): Recipe {
  return checkRecipe({
    name: "abc",
    data: "abc.yaml",
    seed,
    model: { width: 8, layers: 1, heads: 2, contextWindow: 8, deviation: 0.2, ...model },
    training: { steps: 30, batch: 2, checkpointSteps: 10, ...training },
    optimizer: { rate: 0.02, ...optimizer },
  });
}

const job = (changes: Changes = {}): TrainingJob => ({
  recipe: recipe(changes),
  data: { kind: "pairs", corpus, hash: "hash" },
  device: new ReferenceDevice(),
});

async function collect(of: TrainingJob, options: TrainOptions = {}) {
  const events: TrainEvent[] = [];
  const files = new Map<number, Map<string, Uint8Array>>();
  for await (const event of train(of, options)) {
    events.push(event);
    if (event.type === "checkpoint") files.set(event.step, encodeCheckpoint(event.checkpoint));
  }
  return { events, files };
}

const checkpointsOf = (events: readonly TrainEvent[]): number[] =>
  events.flatMap((event) => (event.type === "checkpoint" ? [event.step] : []));

describe("a training", () => {
  it("tells its start, a checkpoint of the untrained model, progress, checkpoints and its end", async () => {
    const { events } = await collect(job());
    expect(events[0]).toMatchObject({
      type: "start",
      vocabulary: 7,
      rows: 4,
      pairs: 3,
      device: "reference",
      step: 0,
      steps: 30,
    });
    expect(events[1]).toMatchObject({ type: "checkpoint", step: 0 });
    expect(checkpointsOf(events)).toEqual([0, 10, 20, 30]);
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "steps", step: 30 });
    const steps = events.flatMap((event) => (event.type === "progress" ? [event.step] : []));
    expect(steps.at(-1)).toBe(30);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  it("keeps whom the data let the model be, where they say it", async () => {
    const plain = job();
    const records = await Promise.all(
      [plain, { ...plain, data: { ...plain.data, character: "Pip" } }].map(async (each) => {
        const { files } = await collect(each);
        return JSON.parse(decodeText(files.get(30)?.get("parrotlet.json") ?? new Uint8Array()));
      }),
    );
    expect(records.map(({ character }) => character)).toEqual([undefined, "Pip"]);
  });

  it.each([
    ["C:\\mine\\abc.yaml", "abc.yaml"],
    ["hf:owner/dataset", "hf:owner/dataset"],
    ["pack:pip/stories?size=1MB", "pack:pip/stories?size=1MB"],
    ["pack:/home/me/ada.yaml/stories?seed=2", "pack:ada.yaml/stories?seed=2"],
  ])("keeps of its data %s in a checkpoint only %s", async (data, kept) => {
    const plain = job();
    const { files } = await collect({ ...plain, recipe: { ...plain.recipe, data } });
    const record = JSON.parse(decodeText(files.get(0)?.get("parrotlet.json") ?? new Uint8Array()));
    expect(record.recipe.data).toBe(kept);
  });

  it("learns: the loss falls and the answers become right", async () => {
    const { events } = await collect(job({ training: { steps: 200, batch: 4, checkpointSteps: 200 } }));
    const [first, last] = events.filter((event) => event.type === "checkpoint");
    expect(last?.loss).toBeLessThan(0.5 * (first?.loss ?? 0));
    expect(last?.examination?.all.map(({ verdict }) => verdict)).toEqual(["perfect", "perfect", "perfect"]);
    expect(last?.best).toBe(true);
  });

  it("gives the same bytes again for the same seed, and others for another", async () => {
    const [once, again, other] = [
      await collect(job()),
      await collect(job()),
      await collect(job({ seed: 2 })),
    ];
    expect(again.files).toEqual(once.files);
    expect(other.files.get(30)).not.toEqual(once.files.get(30));
  });

  it("shows more often when asked to, to the same end", async () => {
    const { events, files } = await collect(job(), { progressSteps: 3, clock: () => 0 });
    const steps = events.flatMap((event) => (event.type === "progress" ? [event.step] : []));
    expect(steps).toEqual([3, 6, 9, 10, 13, 16, 19, 20, 23, 26, 29, 30]);
    expect(files.get(30)).toEqual((await collect(job())).files.get(30));
  });

  it("ends when the exam is perfect, if asked to", async () => {
    const training = { steps: 2000, batch: 4, checkpointSteps: 20, stopWhenPerfect: "exam" };
    const { events } = await collect(job({ training }));
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "perfect" });
    expect(checkpointsOf(events).at(-1)).toBeLessThan(2000);
  });

  it("ends after its minutes, by the clock that it is given", async () => {
    let now = 0;
    const clock = (): number => (now += 20);
    const { events } = await collect(
      job({ training: { steps: 1_000_000, checkpointSteps: 1_000_000, minutes: 0.1 } }),
      { clock },
    );
    const end = events.at(-1);
    expect(end).toMatchObject({ type: "end", reason: "minutes" });
    expect(end?.type === "end" && end.seconds).toBeGreaterThanOrEqual(6);
    expect(checkpointsOf(events)).toEqual([0, end?.type === "end" ? end.step : 0]);
  });

  it("stops with a checkpoint when it is told to", async () => {
    const stop = new AbortController();
    const seen: TrainEvent[] = [];
    for await (const event of train(job({ training: { steps: 1_000_000, checkpointSteps: 7 } }), {
      signal: stop.signal,
    })) {
      seen.push(event);
      if (event.type === "checkpoint" && event.step === 14) stop.abort();
    }
    expect(seen.at(-1)).toMatchObject({ type: "end", reason: "aborted", step: 14 });
    expect(checkpointsOf(seen)).toEqual([0, 7, 14]);
  });

  it("says at which step the loss was lost, and what to do", async () => {
    const wild = job({ optimizer: { kind: "sgd", rate: 100, clipNorm: 0 }, training: { steps: 500 } });
    await expect(collect(wild)).rejects.toMatchObject({
      code: "training-diverged",
      message: expect.stringMatching(
        /stopped being a number at step \d+. Lower optimizer.rate \(--rate\), which is 100/,
      ),
    });
  });

  it("refuses an unseen question that could not be asked", async () => {
    const withUnseen = (question: string) =>
      collect({
        ...job(),
        data: { kind: "pairs", corpus: { ...corpus, unseen: [{ question, answer: "a" }] }, hash: "" },
      });
    await expect(withUnseen("ax")).rejects.toMatchObject({
      code: "unknown-character",
      message: expect.stringContaining('The unseen question "ax" has characters that no conversation has.'),
    });
    await expect(withUnseen("abcabcabc")).rejects.toMatchObject({ code: "data-too-long" });
  });

  it("refuses a row that does not fit, with its line and a remedy", async () => {
    await expect(collect(job({ model: { contextWindow: 6 } }))).rejects.toMatchObject({
      code: "data-too-long",
      message: expect.stringContaining(
        "The conversation on line 3 is 7 tokens, but model.contextWindow is 6. Set it to 7 or more",
      ),
    });
  });
});

describe("a training that is interrupted at any step and resumed", () => {
  it("ends in the same bytes, all regular checkpoints alike, and with the same best one", async () => {
    const changes = { training: { steps: 12, checkpointSteps: 4 } };
    const whole = await collect(job(changes));
    for (let step = 0; step < 12; step++) {
      const storage = new MemoryStorage();
      const stop = new AbortController();
      const early = new Map<number, Map<string, Uint8Array>>();
      for await (const event of train(job(changes), { signal: stop.signal, progressSteps: 1 })) {
        if (event.type !== "start" && event.step === step) stop.abort();
        if (event.type !== "checkpoint") continue;
        await saveCheckpoint(storage, "c", event.checkpoint);
        early.set(event.step, encodeCheckpoint(event.checkpoint));
      }
      const device = new ReferenceDevice();
      const resume = await loadCheckpoint(storage, "c", device, { withOptimizer: true });
      const rest = await collect({ ...job(changes), device, resume });
      for (const [regular, files] of whole.files) {
        expect(
          rest.files.get(regular) ?? early.get(regular),
          `step ${regular}, interrupted at ${step}`,
        ).toEqual(files);
      }
      expect(rest.events.at(-1)).toMatchObject({
        bestStep: (whole.events.at(-1) as { bestStep: number }).bestStep,
      });
    }
  });

  it("is over where it was found perfect", async () => {
    const changes = { training: { steps: 2000, batch: 4, checkpointSteps: 20, stopWhenPerfect: "all" } };
    const storage = new MemoryStorage();
    const { events } = await collect(job(changes));
    for await (const event of train(job(changes))) {
      if (event.type === "checkpoint") await saveCheckpoint(storage, "c", event.checkpoint);
    }
    const device = new ReferenceDevice();
    const resume = await loadCheckpoint(storage, "c", device, { withOptimizer: true });
    const again = await collect({ ...job(changes), device, resume });
    expect(again.events.map(({ type }) => type)).toEqual(["start", "end"]);
    expect(again.events.at(-1)).toMatchObject({
      reason: "perfect",
      step: (events.at(-1) as { step: number }).step,
    });
  });
});

describe("a resumed training ends in the same bytes", () => {
  const kinds: Readonly<Record<string, Changes>> = {
    adamw: {},
    "adam with dropout": { optimizer: { kind: "adam", decay: 0.01 }, training: { dropout: 0.2 } },
    "sgd with momentum": { optimizer: { kind: "sgd", momentum: 0.9 } },
    "sgd without": { optimizer: { kind: "sgd", momentum: 0 } },
    llama: { model: { preset: "llama", kvHeads: 1 } },
    "modern and muon": { model: { preset: "modern", bigrams: 32 }, optimizer: { kind: "muon" } },
    "an average of weights": { training: { ema: 0.9 } },
    "two batches a step": { training: { accumulate: 2, labelSmoothing: 0.1, lossOn: "answers-only" } },
    "one row a step, answers only": { training: { batch: 1, lossOn: "answers-only", checkpointSteps: 7 } },
  };

  it.each(Object.entries(kinds))("with %s", async (_, changes) => {
    const whole = await collect(job(changes));
    const storage = new MemoryStorage();
    for await (const event of train(job(changes))) {
      if (event.type !== "checkpoint" || event.step === 0) continue;
      await saveCheckpoint(storage, "c", event.checkpoint);
      break;
    }
    const device = new ReferenceDevice();
    const resume: Checkpoint = await loadCheckpoint(storage, "c", device, { withOptimizer: true });
    const rest = await collect({ ...job(changes), device, resume });
    expect(rest.events[0]).toMatchObject({ type: "start", step: resume.training?.step });
    expect(rest.files.get(30)).toEqual(whole.files.get(30));
  });
});
