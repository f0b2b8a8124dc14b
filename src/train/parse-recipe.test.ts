import { describe, expect, it } from "vitest";
import { formatRecipe, parseRecipe } from "./parse-recipe.ts";

const minimal = [
  "name: small",
  "data: tinytalks",
  "model:",
  "  width: 16",
  "  layers: 1",
  "  heads: 2",
  "  contextWindow: 80",
  "training:",
  "  steps: 100",
].join("\n");

const refusal = (message: RegExp | string) =>
  expect.objectContaining({
    code: "recipe-invalid",
    message: typeof message === "string" ? message : expect.stringMatching(message),
  });

describe("a recipe", () => {
  it("gets defaults for what it does not say", () => {
    expect(parseRecipe(minimal, "r.yaml")).toEqual({
      name: "small",
      task: "pairs",
      data: "tinytalks",
      reading: {},
      filters: {},
      evaluation: { share: 0.1, mostTokens: 0, prompts: [] },
      seed: 1,
      model: { preset: "classic", width: 16, layers: 1, heads: 2, contextWindow: 80 },
      tokenizer: { kind: "character", vocabulary: 1024, unknown: false },
      training: {
        steps: 100,
        batch: 16,
        accumulate: 1,
        lossOn: "all",
        dropout: 0,
        labelSmoothing: 0,
        ema: 0,
        precision: "f32",
        checkpointSteps: 1000,
        minutes: 0,
        patience: 0,
        keep: "all",
        stopWhenPerfect: "never",
      },
      optimizer: {
        kind: "adamw",
        rate: 0.001,
        betas: [0.9, 0.99],
        epsilon: 1e-8,
        momentum: 0.9,
        decay: 0.1,
        clipNorm: 1,
        clipValue: 0,
        rates: { tables: 1, matrices: 1, vectors: 1 },
      },
      schedule: { kind: "cosine", warmup: 0, floor: 0, cooldown: 0.4 },
    });
  });

  it("comes back from YAML as it went in", () => {
    const recipe = parseRecipe(minimal, "r.yaml");
    expect(parseRecipe(formatRecipe(recipe), "r.yaml")).toEqual(recipe);
  });
});

describe("a recipe is refused, with the line and what to do, for", () => {
  const edited = (from: string, to: string): string => minimal.replace(from, to);
  it.each<[string, string, string | RegExp]>([
    [
      "an unknown key",
      edited("heads: 2", "heads: 2\n  hedas: 3"),
      "r.yaml, line 7: model.hedas is not known. Did you mean heads?",
    ],
    [
      "an unknown section",
      `${minimal}\nfoo: 1`,
      /line 10: foo is not known. Known here: name, task, data, from, seed, model/,
    ],
    [
      "a missing key",
      edited("  steps: 100", "  batch: 4"),
      "r.yaml, line 8: training must say how long it trains: steps, epochs or tokens, above 0.",
    ],
    ["a missing section", edited("model:", "modle:"), /model is missing/],
    [
      "text for a number",
      edited("width: 16", "width: wide"),
      'r.yaml, line 4: model.width is "wide"; it must be a number.',
    ],
    [
      "a fraction",
      edited("layers: 1", "layers: 1.5"),
      "r.yaml, line 5: model.layers is 1.5; it must be a whole number.",
    ],
    [
      "too small a number",
      edited("steps: 100", "steps: 0"),
      "r.yaml, line 9: training must say how long it trains: steps, epochs or tokens, above 0.",
    ],
    [
      "an unknown choice",
      `${minimal}\n  lossOn: questions`,
      /line 10: training.lossOn is "questions"; it must be one of all, answers-only/,
    ],
    [
      "heads that do not divide the width",
      edited("heads: 2", "heads: 3"),
      /line 6: in model, width 16 cannot be shared among 3 heads. Take 1, 2, 4, 8, 16 heads/,
    ],
    [
      "a warm-up longer than the training",
      `${minimal}\nschedule:\n  warmup: 100`,
      /line 11: schedule.warmup is 100, but there are only 100 steps/,
    ],
    [
      "a section that is a number",
      edited("training:\n  steps: 100", "training: 5"),
      /line 8: training is 5; it must hold keys and values/,
    ],
    [
      "key/value heads that classic has not",
      edited("heads: 2", "heads: 2\n  kvHeads: 1"),
      /line 7: in model, classic has a key/,
    ],
    [
      "a name that is no folder's",
      edited("name: small", "name: ../x"),
      /line 1: name is "..\/x"; it must be up to 64 letters/,
    ],
    ["three betas", `${minimal}\noptimizer: {betas: [0.9, 0.9, 0.9]}`, /optimizer.betas/],
    ["no YAML at all", "name: [1", /r.yaml, line 1: this is not YAML/],
    ["nothing", "", /the recipe is missing|the recipe is null/],
    ["an alias bomb", "a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]", /./],
  ])("%s", (_, source, message) => {
    expect(() => parseRecipe(source, "r.yaml")).toThrow(refusal(message));
  });

  it("several things at once", () => {
    const source = edited("width: 16", "width: -1").replace("steps: 100", "steps: many");
    expect(() => parseRecipe(source, "r.yaml")).toThrow(
      refusal(/line 4: model.width.*\n.*line 9: training.steps/),
    );
  });
});
