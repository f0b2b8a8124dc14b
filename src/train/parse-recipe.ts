import * as v from "valibot";
import { type Document, isMap, isNode, LineCounter, parseDocument, stringify } from "yaml";
import { closest, isName, NAME_RULE, ParrotletError, shown } from "../base/index.ts";
import { modelProblem } from "../model/index.ts";
import { optimizerDefaults } from "./optimizer.ts";
import type { FromRecipe, Recipe } from "./recipe.ts";
import { checkStart, filledFrom, type RecipeStart } from "./recipe-start.ts";

const count = (least = 1) =>
  v.pipe(
    v.number("must be a number"),
    v.integer("must be a whole number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(2 ** 31 - 1, "must be below 2147483648"),
  );
const number = (least: number, most: number) =>
  v.pipe(
    v.number("must be a number"),
    v.minValue(least, `must be at least ${least}`),
    v.maxValue(most, `must be at most ${most}`),
  );
const text = v.pipe(v.string("must be text"), v.minLength(1, "must not be empty"));
const flag = v.boolean("must be true or false");
const choice = <const T extends readonly string[]>(choices: T) =>
  v.picklist(choices, `must be one of ${choices.join(", ")}`);

const bounds = v.strictObject({ least: v.optional(count(0)), most: v.optional(count(0)) });

const { kind, betas, epsilon, momentum, decay, clipNorm, clipValue } = optimizerDefaults;

const from: v.GenericSchema<unknown, FromRecipe> = v.union(
  [
    v.pipe(
      text,
      v.transform((model) => ({ model })),
    ),
    v.strictObject({ model: text, hash: v.optional(v.pipe(text, v.regex(/^[0-9a-f]{64}$/))) }),
  ],
  "must be a run, RUN@STEP, a starter or a folder, or { model, hash }",
);

/** All keys of a recipe, what they may be, and what they are where nothing says. docs/recipes.md says what they mean. */
export const schema: v.GenericSchema<unknown, Recipe> = v.strictObject({
  name: v.pipe(text, v.check(isName, `must be ${NAME_RULE}`)),
  task: v.optional(choice(["pairs", "corpus"]), "pairs"),
  data: v.union(
    [
      text,
      v.pipe(
        v.array(v.strictObject({ source: text, weight: v.optional(number(1e-6, 1e6), 1) })),
        v.minLength(1),
      ),
    ],
    "must be a file, a folder or hf:owner/dataset, or a list of { source, weight }",
  ),
  from: v.optional(from),
  seed: v.optional(count(0), 1),
  model: v.strictObject({
    preset: v.optional(choice(["classic", "llama", "modern"]), "classic"),
    width: count(),
    layers: count(),
    heads: count(),
    kvHeads: v.optional(count()),
    mlpWidth: v.optional(count()),
    contextWindow: count(2),
    tied: v.optional(flag),
    biases: v.optional(flag),
    gelu: v.optional(choice(["tanh", "erf"])),
    positions: v.optional(choice(["learned", "rotary"])),
    norm: v.optional(choice(["layer", "rms"])),
    activation: v.optional(choice(["gelu", "swiglu", "relu-squared"])),
    qkNorm: v.optional(flag),
    valueResidual: v.optional(flag),
    residualScalars: v.optional(flag),
    zeroProjections: v.optional(flag),
    logitCap: v.optional(number(0, 1e6)),
    embeddingNorm: v.optional(flag),
    bigrams: v.optional(count(0)),
    deviation: v.optional(number(0, 10)),
  }),
  reading: v.optional(
    v.strictObject({
      encoding: v.optional(text),
      format: v.optional(text),
      columns: v.optional(
        v.strictObject({
          text: v.optional(text),
          question: v.optional(text),
          answer: v.optional(text),
          system: v.optional(text),
          messages: v.optional(text),
        }),
      ),
      me: v.optional(text),
      gapHours: v.optional(number(0, 1e6)),
    }),
    {},
  ),
  filters: v.optional(
    v.strictObject({
      boilerplate: v.optional(flag),
      length: v.optional(bounds),
      turns: v.optional(bounds),
      language: v.optional(text),
      placeholders: v.optional(flag),
      familyFriendly: v.optional(flag),
      quality: v.optional(flag),
      duplicates: v.optional(choice(["exact", "near"])),
    }),
    {},
  ),
  tokenizer: v.optional(
    v.strictObject({
      kind: v.optional(choice(["character", "byte", "bpe"]), "character"),
      vocabulary: v.optional(count(), 1024),
      unknown: v.optional(flag, false),
    }),
    {},
  ),
  training: v.strictObject({
    steps: v.optional(count(0), 0),
    epochs: v.optional(number(1e-6, 1e6)),
    tokens: v.optional(number(1, 1e15)),
    batch: v.optional(count(), 16),
    accumulate: v.optional(count(), 1),
    lossOn: v.optional(choice(["all", "answers-only"]), "all"),
    dropout: v.optional(number(0, 0.95), 0),
    labelSmoothing: v.optional(number(0, 0.9), 0),
    ema: v.optional(number(0, 0.99999), 0),
    precision: v.optional(choice(["f32", "bf16"]), "f32"),
    checkpointSteps: v.optional(count(), 1000),
    minutes: v.optional(number(0, 1e6), 0),
    patience: v.optional(count(0), 0),
    keep: v.optional(choice(["all", "best-and-newest"]), "all"),
    stopWhenPerfect: v.optional(choice(["never", "exam", "all"]), "never"),
  }),
  optimizer: v.optional(
    v.strictObject({
      kind: v.optional(choice(["adamw", "adam", "sgd", "muon"]), kind),
      rate: v.optional(number(0, 100), 0.001),
      betas: v.optional(v.strictTuple([number(0, 0.999999), number(0, 0.999999)], "must be two numbers"), [
        ...betas,
      ]),
      epsilon: v.optional(number(1e-30, 1), epsilon),
      momentum: v.optional(number(0, 0.999999), momentum),
      decay: v.optional(number(0, 100), decay),
      clipNorm: v.optional(number(0, 1e9), clipNorm),
      clipValue: v.optional(number(0, 1e9), clipValue),
      rates: v.optional(
        v.strictObject({
          tables: v.optional(number(0, 1e6), 1),
          matrices: v.optional(number(0, 1e6), 1),
          vectors: v.optional(number(0, 1e6), 1),
        }),
        {},
      ),
    }),
    {},
  ),
  evaluation: v.optional(
    v.strictObject({
      share: v.optional(number(0, 0.9), 0.1),
      data: v.optional(text),
      mostTokens: v.optional(count(0), 0),
      prompts: v.optional(v.pipe(v.array(text, "must be a list"), v.maxLength(16, "must be at most 16")), []),
    }),
    {},
  ),
  schedule: v.optional(
    v.strictObject({
      kind: v.optional(choice(["constant", "linear", "cosine", "wsd"]), "cosine"),
      warmup: v.optional(count(0), 0),
      floor: v.optional(number(0, 1), 0),
      cooldown: v.optional(number(0, 1), 0.4),
    }),
    {},
  ),
});

type Path = readonly (string | number)[];

/**
 * Reads a recipe in YAML, fills in defaults and checks it.
 *
 * @param file How to name it in errors.
 * @param start What the training begins with: what it says of the model and the tokenizer, the recipe may leave out.
 * @throws {ParrotletError} `recipe-invalid`, with every problem, its line and what to do; `from-mismatch` where it says otherwise
 * than `start`.
 */
export function parseRecipe(source: string, file: string, start?: RecipeStart): Recipe {
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter });
  const [broken] = document.errors;
  if (broken) throw notYaml(file, broken.linePos?.[0].line ?? 1, broken.message);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    throw notYaml(file, 1, `${(cause as Error).message}.`);
  }
  const place = (path: Path): string => `${file}, line ${lineOf(document, lineCounter, path)}`;
  if (!start) return checkRecipe(value, place);
  checkStart(value, start, place);
  return checkRecipe(filledFrom(value, start), place);
}

/** What a recipe in YAML says that training begins with, if anything; the rest of it is not looked at. */
export function fromOf(source: string): FromRecipe | undefined {
  const said: unknown = parseDocument(source).get("from");
  const result = v.safeParse(from, isNode(said) ? said.toJSON() : said);
  return result.success ? result.output : undefined;
}

const notYaml = (file: string, line: number, problem: string): ParrotletError =>
  new ParrotletError(
    "recipe-invalid",
    `${file}, line ${line}: this is not YAML as recipes have it: ${problem.split("\n")[0]}`,
  );

/**
 * Checks a recipe that is no longer YAML: one from a checkpoint, or one with options of the command line put in.
 *
 * @param place Says where a field stands, for errors.
 * @throws {ParrotletError} `recipe-invalid`.
 */
export function checkRecipe(value: unknown, place: (path: Path) => string = () => "recipe"): Recipe {
  const result = v.safeParse(schema, value);
  const problems = result.issues?.map((issue) => {
    const path = (issue.path ?? []).map((part) => part.key as string | number);
    return `${place(path)}: ${problemOf(issue, path)}`;
  });
  if (result.success) {
    const problem = impossible(result.output);
    if (!problem) return result.output;
    throw new ParrotletError("recipe-invalid", `${place(problem.path)}: ${problem.message}`);
  }
  throw new ParrotletError("recipe-invalid", problems?.join("\n") ?? "");
}

/** A recipe as YAML, for `parseRecipe`. */
export const formatRecipe = (recipe: Recipe): string => stringify(recipe);

/** Values that are each in order, but do not go together. What the data say is checked when they are read. */
function impossible({ model, training, schedule }: Recipe): { path: Path; message: string } | undefined {
  const wrong = modelProblem({ ...model, vocabulary: 1 });
  if (wrong) return { path: ["model", wrong.field], message: `in model, ${wrong.message}` };
  const { steps, epochs, tokens, minutes } = training;
  const lengths = Object.entries({ steps: steps || undefined, epochs, tokens }).filter(
    ([, n]) => n !== undefined,
  );
  const [first, second] = lengths.map(([name]) => name);
  if (second !== undefined) {
    const message = `training says ${first} and ${second}, but each alone says how long it trains. Keep one of them.`;
    return { path: ["training", second], message };
  }
  if (first === undefined && minutes === 0) {
    const message = "training must say how long it trains: steps, epochs or tokens, above 0.";
    return { path: ["training", "steps"], message };
  }
  if (steps > 0 && schedule.warmup >= steps) {
    const message = `schedule.warmup is ${schedule.warmup}, but there are only ${steps} steps. Take fewer steps of warm-up.`;
    return { path: ["schedule", "warmup"], message };
  }
  return undefined;
}

function problemOf(issue: v.BaseIssue<unknown>, path: Path): string {
  const name = path.join(".") || "the recipe";
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = knownKeys(path.slice(0, -1));
    const meant = closest(String(path.at(-1)), known);
    return `${name} is not known. ${meant ? `Did you mean ${meant}?` : `Known here: ${known.join(", ")}.`}`;
  }
  if (issue.type === "strict_object" && issue.received === "undefined") return `${name} is missing.`;
  if (issue.input === undefined) return `${name} is missing.`;
  if (issue.type === "strict_object")
    return `${name} is ${shown(issue.input)}; it must hold keys and values.`;
  return `${name} is ${shown(issue.input)}; it ${issue.message}.`;
}

/** The keys that the schema has at a path. */
function knownKeys(path: Path): string[] {
  let at: unknown = schema;
  const inside = (node: unknown): unknown => (node as { wrapped?: unknown }).wrapped ?? node;
  for (const key of path) at = inside((inside(at) as { entries: Record<string, unknown> }).entries[key]);
  return Object.keys((inside(at) as { entries?: Record<string, unknown> }).entries ?? {});
}

/** The line of a field, or of what should hold it. */
function lineOf(document: Document, lineCounter: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => String(key) === String(path[length - 1]))
      : undefined;
    const node = pair?.key;
    if (isNode(node) && node.range) return lineCounter.linePos(node.range[0]).line;
  }
  return 1;
}
