import chalk from "chalk";
import { attentionWeights } from "../../generate/index.ts";
import { renderPrompt } from "../../text/index.ts";
import type { ChatModel } from "./model.ts";

/** From nothing to everything. */
const SHADES = [" ", "·", "░", "▒", "▓", "█"] as const;

const shade = (weight: number): string =>
  SHADES[Math.min(SHADES.length - 1, Math.ceil(weight * 6 - 0.2))] ?? " ";

/** A picture of what each head looked at before it said each letter of a reply. */
export function drawAttention({ checkpoint }: ChatModel, message: string, reply: string): string {
  const { model, weights, tokenizer } = checkpoint;
  const prompt = renderPrompt(tokenizer, message);
  const ids = [...prompt, ...tokenizer.encode(reply)].slice(0, model.config.contextWindow);
  const letter = (id: number): string => {
    const text = tokenizer.show(id);
    return [...text].length === 1 ? text.replace("\n", "⏎") : "▏";
  };
  const heads = attentionWeights(model, weights, ids);
  const columns = ids.map(letter).join("");
  const pictures = heads.map(({ layer, head, rows }) => {
    const lines = rows.slice(prompt.length - 1).map((row, index) => {
      const said = ids[prompt.length + index];
      return `${said === undefined ? "end" : `  ${letter(said)}`} ${Array.from(row, shade).join("")}`;
    });
    return [chalk.bold(`layer ${layer + 1}, head ${head + 1}`), chalk.dim(`    ${columns}`), ...lines].join(
      "\n",
    );
  });
  const legend = `Each row is a letter of the reply; the darker a column, the more that letter came from there (${SHADES.join("")}).`;
  return [...pictures, chalk.dim(legend)].join("\n");
}
