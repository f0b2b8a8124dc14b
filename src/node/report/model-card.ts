import type { Checkpoint, WeightForm } from "../../checkpoint/index.ts";
import { dataEntries, type Recipe } from "../../train/index.ts";

export interface ModelCardOptions {
  /** The folder's name. */
  readonly name: string;
  /** How the model is called that it was made from: `pip@4000`. */
  readonly label: string;
  readonly to: WeightForm;
  readonly checkpoint: Pick<Checkpoint, "model" | "weights" | "tokenizer" | "training">;
  /** What it was trained by, where that is known. */
  readonly recipe: Recipe | undefined;
}

/** `README.md` of a model: what it is, how to talk to it, how good it is, and the commands that make it again. */
export function modelCard({ name, label, to, checkpoint, recipe }: ModelCardOptions): string {
  const { model, weights, tokenizer, training } = checkpoint;
  const { preset, width, layers, heads, contextWindow } = model.config;
  const others = preset !== "modern" && to !== "int8";
  const parameters = weights.layout.count.toLocaleString("en-US");
  const lines = [
    ...[
      "---",
      `library_name: ${others ? "transformers" : "parrotlet"}`,
      "pipeline_tag: text-generation",
      "---",
    ],
    `# ${training?.character ?? name}`,
    "",
    `A language model of ${parameters} parameters: ${preset}, width ${width}, layers ${layers}, heads ${heads}, context ` +
      `${contextWindow}; ${tokenizer.size} tokens, ${tokenizer.kind}. Its weights are ${to}.` +
      (others ? " Hugging Face transformers opens it too." : ""),
    "",
    "```",
    `parrotlet chat ./${name}`,
    "```",
  ];
  if (training && recipe) lines.push(...scoresOf(training), ...againOf(name, label, to, recipe, training));
  return `${lines.join("\n")}\n`;
}

type Training = NonNullable<Checkpoint["training"]>;

function scoresOf({ scores, shrunk }: Training): string[] {
  const { loss, bitsPerByte, perfect, pairs, exam, examPairs } = scores;
  const before = shrunk?.lossBefore;
  return [
    ...["", "## Scores", "", "| what | value |", "| --- | --- |"],
    `| loss, nats per token | ${loss.toFixed(4)} |`,
    ...(before === undefined ? [] : [`| loss with weights of f32 | ${before.toFixed(4)} |`]),
    ...(bitsPerByte === undefined ? [] : [`| bits per byte | ${bitsPerByte.toFixed(4)} |`]),
    ...(pairs > 0 ? [`| answers that are perfect | ${perfect} of ${pairs} |`] : []),
    ...(examPairs > 0 ? [`| of the exam | ${exam} of ${examPairs} |`] : []),
  ];
}

function againOf(
  name: string,
  label: string,
  to: WeightForm,
  recipe: Recipe,
  { data, step }: Training,
): string[] {
  const [run = name] = label.split("@");
  const from = recipe.from
    ? ` It began as \`${recipe.from.model}\` (SHA-256 ${recipe.from.hash ?? "unknown"}).`
    : "";
  const sources = dataEntries(recipe.data).map(({ source }) => `\`${source}\``);
  return [
    ...["", "## To make it again", "", "```"],
    `parrotlet train recipe.yaml --name ${run}`,
    `parrotlet shrink ${run}@${step} --to ${to} --out ${name}`,
    "```",
    "",
    `\`recipe.yaml\` is beside this file. It names its data without their folders: ${sources.join(", ")} (SHA-256 \`${data}\`).${from}`,
    "The same data on the same kind of device give the same bytes.",
  ];
}
