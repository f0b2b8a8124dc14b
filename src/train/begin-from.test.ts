import { describe, expect, it } from "vitest";
import { encodeText, MemoryStorage } from "../base/index.ts";
import { type Checkpoint, encodeCheckpoint, loadCheckpoint, saveCheckpoint } from "../checkpoint/index.ts";
import { readCorpus } from "../data/index.ts";
import { ReferenceDevice } from "../engine/index.ts";
import { type ModelOptions, modelConfig } from "../model/index.ts";
import { CharacterTokenizer } from "../text/index.ts";
import { corpusFromItems } from "./corpus-from-items.ts";
import { findRate } from "./find-rate.ts";
import { checkRecipe, fromOf, parseRecipe } from "./parse-recipe.ts";
import type { Recipe } from "./recipe.ts";
import { train } from "./train.ts";
import type { TrainingData } from "./training-data.ts";

const device = new ReferenceDevice();
const text = Array.from({ length: 40 }, (_, i) => `${i} birds and ${(i * 7) % 11} boats. `).join("");
const recipeOf = (changes: object = {}): Recipe =>
  checkRecipe({
    name: "birds",
    task: "corpus",
    data: "birds.txt",
    model: { preset: "llama", width: 8, layers: 1, heads: 2, contextWindow: 16, deviation: 0.2 },
    training: { steps: 12, batch: 2, checkpointSteps: 6 },
    optimizer: { rate: 0.02 },
    ...changes,
  });

/** The checkpoints of a training, by step, with their losses. */
async function checkpoints(
  recipe: Recipe,
  data: TrainingData,
  more: { from?: Checkpoint; resume?: Checkpoint } = {},
): Promise<Map<number, { loss: number; files: Map<string, Uint8Array> }>> {
  const all = new Map<number, { loss: number; files: Map<string, Uint8Array> }>();
  for await (const event of train({ recipe, data, device, ...more }))
    if (event.type === "checkpoint")
      all.set(event.step, { loss: event.loss, files: encodeCheckpoint(event.checkpoint) });
  return all;
}

async function opened(
  files: Map<string, Uint8Array> | undefined,
  withOptimizer = false,
): Promise<Checkpoint> {
  const storage = new MemoryStorage();
  for (const [name, bytes] of files ?? []) await storage.write(`c/${name}`, bytes);
  return loadCheckpoint(storage, "c", device, { withOptimizer });
}

describe("a training that begins with a model", () => {
  const recipe = recipeOf();

  it("begins with its loss, at step 0 and without its optimizer, and ends elsewhere than one that does not", async () => {
    const data = await corpusFromItems([text], recipe);
    const source = (await checkpoints(recipe, data)).get(12);
    const went = await checkpoints(recipe, data, { from: await opened(source?.files) });
    expect(went.get(0)?.loss).toBe(source?.loss);
    expect(went.get(0)?.files.get("model.safetensors")).toEqual(source?.files.get("model.safetensors"));
    const fresh = await opened(went.get(0)?.files, true);
    const [first] = fresh.model.parameters;
    expect(
      first &&
        fresh.optimizer
          ?.get("variance")?.(first)
          .every((value) => value === 0),
    ).toBe(true);
    expect(went.get(12)?.loss).toBeLessThan(source?.loss ?? 0);
  });

  it("gives the same bytes again, and the same when it is resumed", async () => {
    const data = await corpusFromItems([text], recipe);
    const source = (await checkpoints(recipe, data)).get(12)?.files;
    const said = recipeOf({ from: { model: "birds@12", hash: "a".repeat(64) } });
    const once = await checkpoints(said, data, { from: await opened(source) });
    const again = await checkpoints(said, data, { from: await opened(source) });
    expect(again.get(12)?.files).toEqual(once.get(12)?.files);
    const resume = await opened(once.get(6)?.files, true);
    const resumed = await checkpoints(said, data, { resume });
    expect(resumed.get(12)?.files).toEqual(once.get(12)?.files);
    expect(resume.training?.recipe).toMatchObject({ from: said.from });
  });

  it("may be what a rate is looked for", async () => {
    const data = await corpusFromItems([text], recipe);
    const source = (await checkpoints(recipe, data)).get(12);
    const first = async (more: { from?: Checkpoint }): Promise<number> => {
      for await (const event of findRate({ recipe, data, device, ...more }, { steps: 20 }))
        if (event.type === "step") return event.loss;
      return Number.NaN;
    };
    expect(await first({ from: await opened(source?.files) })).toBeLessThan((await first({})) - 0.3);
  });

  it("begins alike with weights of int8", async () => {
    const data = await corpusFromItems([text], recipe);
    const source = await opened((await checkpoints(recipe, data)).get(12)?.files);
    const storage = new MemoryStorage();
    await saveCheckpoint(storage, "c", source, { form: "int8" });
    const from = await loadCheckpoint(storage, "c", device);
    const went = await checkpoints(recipe, data, { from });
    expect(went.get(0)?.loss).toBeCloseTo(source.training?.scores.loss ?? 0, 2);
  });

  it("keeps its tokenizer for pairs too, and says so of what that does not know", async () => {
    const pairs = (file: string): TrainingData => ({
      kind: "pairs",
      corpus: readCorpus(encodeText(file), "abc.yaml"),
      hash: "hash",
    });
    const small = recipeOf({ task: "pairs", from: "abc" });
    const source = (
      await checkpoints(recipeOf({ task: "pairs" }), pairs("- {question: abc, answer: cab}"))
    ).get(12);
    const from = await opened(source?.files);
    const went = await checkpoints(small, pairs("- {question: a, answer: b}"), { from });
    const { tokenizer } = await opened(went.get(12)?.files);
    expect(tokenizer.encode("abc").length).toBe(3);
    const unknown = checkpoints(small, pairs("- {question: a, answer: z}"), {
      from: await opened(source?.files),
    });
    await expect(unknown).rejects.toMatchObject({
      code: "unknown-character",
      message: expect.stringMatching(/begins with abc and keeps its tokenizer, which has no <unk>.*"z"/),
    });
  });

  it("refuses data in other tokens, and a recipe of another size", async () => {
    const data = await corpusFromItems([text], recipe);
    const source = (await checkpoints(recipe, data)).get(12)?.files;
    const other = await corpusFromItems([`${text}!`], recipe);
    await expect(checkpoints(recipe, other, { from: await opened(source) })).rejects.toMatchObject({
      code: "from-mismatch",
      message: expect.stringMatching(/the data are in the tokens of another tokenizer/),
    });
    const model = { ...recipe.model, width: 16 };
    await expect(
      checkpoints({ ...recipe, model }, data, { from: await opened(source) }),
    ).rejects.toMatchObject({
      code: "from-mismatch",
      message: expect.stringMatching(/model.width is 16, .* whose width is 8/),
    });
  });

  it("refuses pairs where the tokenizer cannot tell question and answer apart", async () => {
    const source = (await checkpoints(recipe, await corpusFromItems([text], recipe))).get(12)?.files;
    const corpus = readCorpus(encodeText("- {question: 1 bird, answer: 2 boats}"), "abc.yaml");
    const data = { kind: "pairs", corpus, hash: "hash" } as const;
    await expect(
      checkpoints({ ...recipe, task: "pairs" }, data, { from: await opened(source) }),
    ).rejects.toMatchObject({ code: "no-chat-template" });
  });
});

describe("a recipe that begins with a model", () => {
  const tokenizer = CharacterTokenizer.fit(["abc"], { special: "text" });
  const shape: ModelOptions = {
    ...{ preset: "llama", vocabulary: tokenizer.size, width: 24, layers: 2, heads: 4 },
    ...{ kvHeads: 2, contextWindow: 32 },
  };
  const start = {
    from: { model: "abc@12", hash: "b".repeat(64) },
    model: modelConfig(shape),
    tokenizer,
  };
  const rest = "name: x\ntask: corpus\ndata: x.txt\ntraining: { steps: 5 }\n";

  it("may leave the model and the tokenizer out", () => {
    const recipe = parseRecipe(`${rest}from: abc\n`, "x.yaml", start);
    expect(recipe.from).toEqual(start.from);
    expect(recipe.model).toMatchObject({ preset: "llama", width: 24, kvHeads: 2, contextWindow: 32 });
    expect(recipe.tokenizer.kind).toBe("character");
    expect(checkRecipe(recipe)).toEqual(recipe);
  });

  it("may say a part of them, or other deviations of weights that are not drawn", () => {
    const recipe = parseRecipe(`${rest}model: { width: 24, deviation: 0.5 }\n`, "x.yaml", start);
    expect(recipe.model).toMatchObject({ layers: 2, width: 24 });
  });

  it.each([
    ["model: { width: 32 }", /x.yaml, line 5: model.width is 32, .* begins with abc@12, whose width is 24/],
    ["model:\n  layers: 2\n  preset: classic", /x.yaml, line 7: .*preset/],
    ["tokenizer: { kind: bpe }", /line 5: tokenizer.kind is bpe, .* whose kind is character/],
    ["tokenizer: { unknown: true }", /line 5: tokenizer.unknown is true, .* whose unknown is false/],
  ])("may not say %j where it is otherwise", (said, message) => {
    expect(() => parseRecipe(`${rest}${said}\n`, "x.yaml", start)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(message) }),
    );
  });

  it("says what it begins with, in a word or with its hash", () => {
    expect(fromOf(`${rest}from: pip\n`)).toEqual({ model: "pip" });
    expect(fromOf(`from: { model: pip, hash: ${"a".repeat(64)} }`)).toEqual({
      model: "pip",
      hash: "a".repeat(64),
    });
    for (const none of [rest, "from: 3", "from: { model: pip, hash: abc }", "- a", "{", ""])
      expect(fromOf(none)).toBeUndefined();
    expect(() => parseRecipe(`${rest}from: [pip]\nmodel: {}\n`, "x.yaml")).toThrow(
      /from is .*it must be a run/,
    );
  });
});
