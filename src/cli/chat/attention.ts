import chalk from "chalk";
import { ParrotletError } from "../../base/index.ts";
import type { Checkpoint } from "../../checkpoint/index.ts";
import { attentionWeights } from "../../generate/index.ts";

/** From nothing to everything. */
const SHADES = [" ", "·", "░", "▒", "▓", "█"] as const;
const shade = (weight: number): string =>
  SHADES[Math.min(SHADES.length - 1, Math.ceil(weight * 6 - 0.2))] ?? " ";

/** The most heads that are drawn at once: of more, those of one layer. */
const MOST_HEADS = 8;
/** The most tokens of a reply that are drawn, and letters of a token. */
const MOST_ROWS = 40;
const MOST_LETTERS = 10;

export interface AttentionOptions {
  /** What the model went on from. */
  readonly prompt: readonly number[];
  readonly reply: string;
  /** From 1. @default all, or the last where there are many heads */
  readonly layer: number | undefined;
  /** Columns of the terminal. */
  readonly width: number;
}

/**
 * A picture of what each head looked at before it said each token of a reply.
 *
 * @throws {ParrotletError} `usage` where there is no such layer.
 */
export function drawAttention({ model, weights, tokenizer }: Checkpoint, options: AttentionOptions): string {
  const { layers, heads, contextWindow } = model.config;
  const { prompt, reply, width, layer = layers * heads > MOST_HEADS ? layers : undefined } = options;
  if (layer !== undefined && !(layer >= 1 && layer <= layers))
    throw new ParrotletError("usage", `The layers are 1 to ${layers}: /attention ${layers}`);
  const ids = [...prompt.slice(-contextWindow), ...tokenizer.encode(reply)].slice(0, contextWindow);
  const said = Math.min(prompt.length, contextWindow);
  const isText = (id: number): boolean => tokenizer.byteLength(id) > 0;
  const labelOf = (id: number): string => (isText(id) ? visible(tokenizer.show(id)) : "▏");
  const first = Math.max(said - 1, 0);
  const labels = ids.slice(said, said + MOST_ROWS).map(labelOf);
  const labelWidth = Math.max(3, ...labels.map((label) => [...label].length + 2));
  // The last columns are those near what is said.
  const from = Math.max(0, Math.min(ids.length, said + MOST_ROWS) - Math.max(20, width - labelWidth - 1));
  const columns = ids.slice(from).map((id) => [...labelOf(id)][0] ?? " ");
  const draw = (row: Float32Array, index: number): string =>
    `${(labels[index] ?? "end").padStart(labelWidth)} ${Array.from(row.slice(from), shade).join("")}`;
  const pictures = attentionWeights(model, weights, ids)
    .filter((each) => layer === undefined || each.layer + 1 === layer)
    .map(({ layer: at, head, rows }) => {
      const shown = rows.slice(first, first + MOST_ROWS).map(draw);
      const title = chalk.bold(`layer ${at + 1}, head ${head + 1}`);
      return [
        title,
        chalk.dim(`${" ".repeat(labelWidth)} ${columns.slice(0, width - labelWidth - 1).join("")}`),
        ...shown,
      ].join("\n");
    });
  const token = tokenizer.kind === "bpe" ? "token" : "letter";
  const legend =
    `Each row is a ${token} of the reply; the darker a column, the more that ${token} came from there (${SHADES.join("")}).` +
    (token === "token" ? " A column is a token, by its first letter." : "") +
    (layer !== undefined && options.layer === undefined
      ? ` The other layers: /attention 1 to ${layers}.`
      : "");
  return [...pictures, chalk.dim(legend)].join("\n");
}

/** A token in a few visible letters, without the space that most words begin with. */
function visible(token: string): string {
  const letters = [
    ...(token.trim() === "" ? token : token.trimStart()).replaceAll("\n", "⏎").replaceAll("\t", "⇥"),
  ];
  const short = letters.length > MOST_LETTERS ? [...letters.slice(0, MOST_LETTERS - 1), "…"] : letters;
  return short.join("").replaceAll(/\p{Cc}/gu, "·") || " ";
}
