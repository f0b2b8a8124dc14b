import type { Checkpoint } from "../checkpoint/index.ts";
import { formatRecipe, type Recipe } from "../train/index.ts";
import type { ExportTarget, ExportType } from "./export-files.ts";
import { howToOpen } from "./how-to-open.ts";
import { code, escaped, fenced } from "./markdown.ts";
import { portableRecipe, portableSource } from "./portable-recipe.ts";

/** What was trained on, for a model card. */
export interface CardSource {
  /** As the recipe names it; of a path the card shows the last part. */
  readonly source: string;
  /** What it is, for people: "12 files of plain text". */
  readonly about?: string | undefined;
  /** Of its files. */
  readonly bytes?: number | undefined;
  /** As its card or its makers say: `cc-by-4.0`. Absent where nobody says. */
  readonly license?: string | undefined;
  /** The commit of a dataset of the Hub. */
  readonly revision?: string | undefined;
}

/** An exam that the model took. */
export interface CardExam {
  readonly suite: string;
  /** The two parts of its questions, or more. */
  readonly parts: readonly {
    readonly name: string;
    readonly right: number;
    readonly questions: number;
    /** Questions that stand word for word in the training data; absent where nobody looked. */
    readonly inTraining?: number | undefined;
  }[];
}

export interface CardFacts {
  readonly name: string;
  /** The folder's name. */
  readonly folder: string;
  readonly to: ExportTarget;
  readonly type: ExportType;
  /** Of this program. */
  readonly version: string;
  readonly checkpoint: Pick<Checkpoint, "model" | "weights" | "tokenizer" | "training">;
  /** What it was trained by, where that is known. */
  readonly recipe?: Recipe | undefined;
  /** @default what the recipe names */
  readonly sources?: readonly CardSource[] | undefined;
  readonly exam?: CardExam | undefined;
  /** Of what was trained on, where it is known: `en`. */
  readonly language?: string | undefined;
}

/**
 * `README.md` of an exported model, as the Hugging Face Hub reads it: what it is, what it learned from, how well, how it is opened. It
 * holds no time of day, no path and nothing that the facts do not have: the same facts, the same text.
 */
export function exportCard(facts: CardFacts): string {
  const { name, checkpoint } = facts;
  const lines = [
    ...frontMatter(facts),
    `# ${escaped(checkpoint.training?.character ?? name)}`,
    "",
    ...whatItIs(facts),
    ...["", "## How to open it", ""],
    ...opening(facts),
    ...data(facts),
    ...scores(facts),
    ...["", "## Limits", ""],
    ...limits(facts),
    ...making(facts),
  ];
  return `${lines.join("\n")}\n`;
}

const count = (value: number): string => value.toLocaleString("en-US");

function frontMatter(facts: CardFacts): string[] {
  const { to, checkpoint, language } = facts;
  const { preset } = checkpoint.model.config;
  const foreign = preset !== "modern";
  const library = {
    hf: foreign ? "transformers" : "parrotlet",
    onnx: "transformers.js",
    gguf: "gguf",
    safetensors: "parrotlet",
  };
  const license = commonLicense(facts);
  return [
    "---",
    ...(license === undefined ? [] : [`license: ${JSON.stringify(license)}`]),
    ...(language === undefined ? [] : [`language: ${JSON.stringify(language)}`]),
    `library_name: ${library[to]}`,
    "pipeline_tag: text-generation",
    "tags:",
    ...["parrotlet", preset, to].map((tag) => `- ${tag}`),
    "---",
    "",
  ];
}

/** The licence of all sources, where it is one that the Hub knows. */
function commonLicense({ sources = [] }: CardFacts): string | undefined {
  const [first, ...others] = new Set(sources.map(({ license }) => license));
  return others.length === 0 && first !== undefined && /^[a-z0-9][a-z0-9.-]{0,60}$/.test(first)
    ? first
    : undefined;
}

function whatItIs({ to, type, checkpoint }: CardFacts): string[] {
  const { model, weights, tokenizer } = checkpoint;
  const { preset, width, layers, heads, contextWindow } = model.config;
  const alone =
    preset === "modern" && to === "hf"
      ? " It is an architecture of Parrotlet's own: this folder opens only there."
      : "";
  return [
    `A language model of ${count(weights.layout.count)} parameters: ${preset}, width ${width}, layers ${layers}, heads ${heads}, a context ` +
      `window of ${count(contextWindow)} tokens, and a vocabulary of ${count(tokenizer.size)} (${tokenizer.kind}). Its weights are ${type}.${alone}`,
  ];
}

function opening({ checkpoint, to, name, folder }: CardFacts): string[] {
  const { program, language, lines } = howToOpen(checkpoint, to, folder, name);
  return [`${program}:`, "", ...fenced(lines, language)];
}

function data({ recipe, sources, checkpoint }: CardFacts): string[] {
  const { training } = checkpoint;
  if (!sources || sources.length === 0) {
    const unknown =
      "What it was trained on is not known here. Ask where it came from, and what its licence allows, before you give it away.";
    return ["", "## Data", "", unknown];
  }
  const rows = sources.map(({ source, about, bytes, license, revision }) => {
    const named = code(portableSource(source)) + (revision ? `, revision ${code(revision)}` : "");
    const size = bytes === undefined ? "" : `${count(bytes)} bytes`;
    return `| ${named} | ${escaped(about ?? "")} | ${size} | ${license === undefined ? "not known" : escaped(license)} |`;
  });
  const unknown = sources.some(({ license }) => license === undefined);
  return [
    ...["", "## Data", "", "| source | what it is | size | licence |", "| --- | --- | --- | --- |"],
    ...rows,
    ...(training ? ["", `SHA-256 of the data: ${code(training.data)}.`] : []),
    ...(recipe?.from
      ? [
          "",
          `Before that it was the model ${code(portableSource(recipe.from.model))}, which learned from other data.`,
        ]
      : []),
    ...(unknown
      ? ["", "Where a licence is not known, ask who made the data before you give the model away."]
      : []),
  ];
}

function scores({ checkpoint, recipe, exam }: CardFacts): string[] {
  const { training } = checkpoint;
  if (!training && !exam) return [];
  const {
    loss,
    bitsPerByte,
    perfect = 0,
    pairs = 0,
    exam: right = 0,
    examPairs = 0,
  } = training?.scores ?? {};
  const rows = [
    ...(training ? [`| training steps | ${count(training.step)} |`] : []),
    ...(loss === undefined
      ? []
      : [
          `| ${bitsPerByte === undefined ? "loss" : "validation loss"}, nats per token | ${loss.toFixed(4)} |`,
        ]),
    ...(bitsPerByte === undefined
      ? []
      : [`| bits per byte of text that was not trained on | ${bitsPerByte.toFixed(4)} |`]),
    ...(pairs > 0 ? [`| answers that are perfect | ${perfect} of ${pairs} |`] : []),
    ...(examPairs > 0 ? [`| of those that the exam asks | ${right} of ${examPairs} |`] : []),
  ];
  const heart =
    pairs > 0 && recipe?.task !== "corpus"
      ? [
          "",
          "Every one of these questions is in its training data: this says what it learned by heart, and nothing about questions that it has not seen.",
        ]
      : [];
  return ["", "## Scores", "", "| what | value |", "| --- | --- |", ...rows, ...heart, ...examRows(exam)];
}

function examRows(exam: CardExam | undefined): string[] {
  if (!exam) return [];
  const rows = exam.parts.map(
    ({ name, right, questions, inTraining }) =>
      `| ${escaped(name)} | ${right} of ${questions} | ${inTraining === undefined ? "not measured" : inTraining} |`,
  );
  return [
    ...["", `The exam ${code(exam.suite)}:`, ""],
    ...["| questions | right | of them word for word in the training data |", "| --- | --- | --- |", ...rows],
    "",
    "Questions that are in the training data say what it learned by heart; the others say what it made of that.",
  ];
}

function limits({ checkpoint, to, type }: CardFacts): string[] {
  const { contextWindow } = checkpoint.model.config;
  return [
    "- It knows the lines that it was trained on, and little else. What it says about anything else is made up.",
    `- It forgets what is further back than ${count(contextWindow)} tokens.`,
    "- Nobody has made it safe: it repeats what its data say, whatever that is.",
    ...(type === "f32"
      ? []
      : [`- Its weights are rounded to ${type}: the scores were measured before that.`]),
    ...(to === "safetensors"
      ? ["- This folder has its weights alone: without its configuration and tokenizer it cannot talk."]
      : []),
  ];
}

function making({ recipe, version }: CardFacts): string[] {
  const made = `Made with Parrotlet ${escaped(version)}`;
  if (!recipe) return ["", "## How it was made", "", `${made}; what it was trained by is not known.`];
  return [
    ...["", "## How it was made", "", `${made}, by this recipe (\`parrotlet train recipe.yaml\`):`, ""],
    ...fenced(formatRecipe(portableRecipe(recipe)).trimEnd().split("\n"), "yaml"),
  ];
}
