import { Command } from "commander";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkRecipe, type Recipe, type TrainingData } from "../train/index.ts";
import { runProgram } from "./program.ts";
import { withTrainingOptions } from "./training-flags.ts";
import { type TrainCommandOptions, trainingLength, withOptions } from "./training-options.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const base = {
  name: "some",
  task: "corpus",
  data: "some.txt",
  model: { width: 16, layers: 2, heads: 2, contextWindow: 10 },
  training: { steps: 100, batch: 2 },
};
/** An epoch of 100 rows. */
const data = { kind: "store", training: { rows: 100 } } as unknown as TrainingData;

/** The recipe that a command line, an environment and a recipe come to. */
async function resolved(
  recipe: object,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Recipe> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  let options: TrainCommandOptions = {};
  const command = withTrainingOptions(new Command("train")).exitOverride();
  command.action((given: TrainCommandOptions) => {
    options = given;
  });
  await command.parseAsync([...args], { from: "user" });
  vi.unstubAllEnvs();
  return trainingLength(withOptions(checkRecipe(recipe), options), data, options);
}

/** What a setting comes to: by default, by a recipe, by the environment over that, by a flag over both. */
interface Row {
  readonly flag: string;
  /** In the recipe. */
  readonly path: readonly [string, string] | readonly [string];
  /** Where there is one. */
  readonly usual?: unknown;
  readonly recipe: unknown;
  readonly env: readonly [text: string, value: unknown];
  readonly said: readonly [text: string, value: unknown];
}

const row = (
  flag: string,
  path: string,
  usual: unknown,
  recipe: unknown,
  env: string | readonly [string, unknown],
  said: string | readonly [string, unknown],
): Row => {
  const pair = (given: string | readonly [string, unknown]) =>
    typeof given === "string"
      ? ([given, Number.isNaN(Number(given)) ? given : Number(given)] as const)
      : given;
  const keys = path.split(".") as unknown as Row["path"];
  return { flag, path: keys, usual, recipe, env: pair(env), said: pair(said) };
};

const none = undefined;
const rows: readonly Row[] = [
  row("name", "name", "some", "mine", "yours", "theirs"),
  row("steps", "training.steps", 100, 60, "70", "80"),
  row("epochs", "training.steps", 100, 60, ["2", 100], ["0.5", 25]),
  row("tokens", "training.steps", 100, 60, ["400", 20], ["800", 40]),
  row("preset", "model.preset", "classic", "classic", "llama", "modern"),
  row("width", "model.width", 16, 24, "32", "64"),
  row("layers", "model.layers", 2, 3, "4", "5"),
  row("heads", "model.heads", 2, 4, "8", "1"),
  row("context", "model.contextWindow", 10, 12, "14", "16"),
  row("tokenizer", "tokenizer.kind", "character", "byte", "bpe", "character"),
  row("vocabulary", "tokenizer.vocabulary", 1024, 300, "400", "500"),
  row("batch-size", "training.batch", 2, 4, "6", "8"),
  row("accumulate", "training.accumulate", 1, 2, "3", "4"),
  row("learning-rate", "optimizer.rate", 0.001, 0.1, "0.2", "0.3"),
  row("optimizer", "optimizer.kind", "adamw", "sgd", "adam", "muon"),
  row("schedule", "schedule.kind", "cosine", "wsd", "linear", "constant"),
  row("dropout", "training.dropout", 0, 0.1, "0.2", "0.3"),
  row("seed", "seed", 1, 2, "3", "4"),
  row("checkpoint-steps", "training.checkpointSteps", 1000, 10, "20", "30"),
  row("patience", "training.patience", 0, 1, "2", "3"),
  row("prompt", "evaluation.prompts", [], ["a"], ["b", ["b"]], ["c", ["c"]]),
  row("loss", "training.lossOn", "all", "answers-only", "all", "answers-only"),
  row("precision", "training.precision", "f32", "bf16", "f32", "bf16"),
  row("stop-when-perfect", "training.stopWhenPerfect", "never", "exam", "all", "exam"),
  row("encoding", "reading.encoding", none, "utf-8", "utf-16le", "big5"),
  row("format", "reading.format", none, "text", "csv", "json"),
  row("me", "reading.me", none, "Ada", "Bob", "Cem"),
  row(
    "columns",
    "reading.columns",
    none,
    { text: "a" },
    ["text=b", { text: "b" }],
    ["text=c", { text: "c" }],
  ),
  row("gap-hours", "reading.gapHours", none, 1, "2", "3"),
  row("filter", "filters.duplicates", none, "exact", ["near-duplicates", "near"], ["duplicates", "exact"]),
];

const variable = (flag: string): string => `PARROTLET_${flag.toUpperCase().replaceAll("-", "_")}`;
const at = (recipe: object, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], recipe);

/** The base recipe with one value put in. */
function saying([first, second]: Row["path"], value: unknown): object {
  if (second === undefined) return { ...base, [first]: value };
  const section = (base as Record<string, unknown>)[first] as object | undefined;
  return { ...base, [first]: { ...section, [second]: value } };
}

describe("a flag wins over the environment, that over the recipe, and that over what is usual", () => {
  it.each(rows.map((each) => [each.flag, each] as const))("--%s", async (flag, each) => {
    const { path, usual, recipe, env, said } = each;
    const own = saying(path, recipe);
    const flags = [`--${flag}`, said[0]];
    const environment = { [variable(flag)]: env[0] };
    expect(at(await resolved(base), path), "usual").toEqual(usual);
    expect(at(await resolved(own), path), "recipe").toEqual(recipe);
    expect(at(await resolved(own, [], environment), path), "environment").toEqual(env[1]);
    expect(at(await resolved(own, flags, environment), path), "flag").toEqual(said[1]);
    expect(at(await resolved(own, flags), path), "flag alone").toEqual(said[1]);
    expect(at(await resolved(own, [], { [variable(flag)]: "" }), path), "empty").toEqual(recipe);
  });

  it("minutes are a limit where steps say how long", async () => {
    const limited = { ...base, training: { ...base.training, minutes: 3 } };
    expect((await resolved(limited)).training).toMatchObject({ steps: 100, minutes: 3 });
    const flags = ["--steps", "9", "--minutes", "5"];
    expect((await resolved(limited, flags)).training).toMatchObject({ steps: 9, minutes: 5 });
    expect((await resolved(limited, ["--steps", "9"])).training).toMatchObject({ steps: 9, minutes: 0 });
  });

  it("is so for each option that a training has", () => {
    const options = withTrainingOptions(new Command()).options.filter(({ hidden }) => !hidden);
    const names = options.map(({ long }) => long?.slice(2));
    expect(names.filter((name) => name !== "recipe" && name !== "minutes")).toEqual(
      rows.map(({ flag }) => flag).filter((flag, i, all) => all.indexOf(flag) === i),
    );
    for (const { long, envVar } of options)
      if (long !== "--recipe") expect(envVar).toBe(variable(long?.slice(2) ?? ""));
  });
});

describe("options that say the same", () => {
  it.each([
    [["--epochs", "2"], { PARROTLET_STEPS: "7" }, { steps: 100 }],
    [["--tokens", "400"], { PARROTLET_EPOCHS: "7" }, { steps: 20 }],
    [["--steps", "5"], { PARROTLET_MINUTES: "7", PARROTLET_TOKENS: "99" }, { steps: 5, minutes: 0 }],
    [["--batch", "5"], { PARROTLET_BATCH_SIZE: "7" }, { batch: 5 }],
  ])("%j wins over %j", async (args, env, training) => {
    expect((await resolved(base, args, env)).training).toMatchObject(training);
  });

  it("win over a recipe that says how long in another way", async () => {
    const training = { epochs: 3 };
    expect((await resolved({ ...base, training })).training.steps).toBe(Math.ceil(300 / 16));
    expect((await resolved({ ...base, training }, ["--steps", "5"])).training).toEqual(
      expect.not.objectContaining({ epochs: 3 }),
    );
  });
});

/** What a command line says on stderr, and its exit code. */
async function refused(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  let said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
  return { code: await runProgram(args), said: () => said };
}

describe("a mistake in options", () => {
  it.each([
    [
      ["train", "x", "--lerning-rate", "1"],
      {},
      "Unknown option --lerning-rate. Did you mean --learning-rate?",
    ],
    [["train", "x", "--batchsize", "1"], {}, "Unknown option --batchsize. Did you mean --batch-size?"],
    [["train", "x", "--epoch", "1"], {}, "Unknown option --epoch. Did you mean --epochs?"],
    [
      ["train", "x", "--steps", "ten"],
      {},
      "'--steps <n>' argument 'ten' is invalid. It must be a whole number",
    ],
    [["train", "x"], { PARROTLET_STEPS: "ten" }, "value 'ten' from env 'PARROTLET_STEPS' is invalid"],
    [
      ["train", "x"],
      { PARROTLET_DROPOUT: "2" },
      "from env 'PARROTLET_DROPOUT' is invalid. It must be a number from 0 to 0.95",
    ],
    [
      ["train", "x"],
      { PARROTLET_PRESET: "gpt" },
      "from env 'PARROTLET_PRESET' is invalid. Allowed choices are classic, llama, modern",
    ],
    [["train", "x", "--filter", "qualty"], {}, "qualty is none. Known are quality"],
    [
      ["train", "x", "--steps", "5", "--epochs", "2"],
      {},
      "Option --steps and option --epochs both say how long",
    ],
    [
      ["train", "x"],
      { PARROTLET_STEPS: "5", PARROTLET_TOKENS: "9" },
      "variable PARROTLET_STEPS and the variable PARROTLET_TOKENS both say",
    ],
  ] as const)("%j %j: %s", async (args, env, message) => {
    const { code, said } = await refused(args, env);
    expect(code).toBe(2);
    expect(said()).toContain(message);
    expect(said().split("\n")).toHaveLength(2);
  });

  it("in the name of a variable is told, and sets nothing", async () => {
    const { said } = await refused(["train", "not-there"], { PARROTLET_BATCHSIZE: "9" });
    expect(said()).toContain(
      "sets PARROTLET_BATCHSIZE, which nothing reads. Did you mean PARROTLET_BATCH_SIZE?",
    );
  });
});
