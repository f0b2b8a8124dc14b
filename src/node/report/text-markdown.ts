import { dataEntries, type FilterFacts, type Recipe, type SourceFacts } from "../../train/index.ts";
import type { Report, TextReport } from "../../workspace/index.ts";
import { count, duration, fenced } from "./markdown.ts";

/** The report of a training on text or conversations. */
export function textMarkdown(report: Report, recipe: Recipe): string {
  const { model, training, optimizer, schedule, tokenizer } = recipe;
  const { text } = report;
  if (!text) return "";
  const best = report.checkpoints.find(({ step }) => step === report.bestStep);
  return [
    `# ${report.run}`,
    "",
    `${count(report.parameters)} parameters (${model.preset}, width ${model.width}, layers ${model.layers}, heads ${model.heads}, ` +
      `context ${model.contextWindow}, ${tokenizer.kind} tokens), ${training.batch * training.accumulate} rows a step, ` +
      `${optimizer.kind} at ${optimizer.rate}, ${schedule.kind}, seed ${recipe.seed}, on ${report.device}.`,
    "",
    `${count(report.step)} steps in ${duration(report.seconds)}: ${count(text.tokensSeen)} tokens, ` +
      `${count(Math.round(text.tokensPerSecond))} a second, ${times(text)} the training data.`,
    "",
    `**Best checkpoint: step ${count(report.bestStep)}**, with ${text.bitsPerByte.toFixed(3)} bits per byte, ` +
      `a validation loss of ${(best?.loss ?? Number.NaN).toFixed(3)} nats per token and a perplexity of ${text.perplexity.toFixed(2)}, ` +
      `on ${count(text.validated)} tokens that were not trained on.`,
    "",
    "![Loss](loss.svg)",
    "",
    "## Data",
    "",
    ...dataTable(text.sources, recipe),
    ...text.sources.flatMap(({ source, filters }) => filterTable(source, filters)),
    "",
    "## Checkpoints",
    "",
    "| step | seconds | tokens seen | training loss | validation loss | perplexity | bits per byte |",
    "|-:|-:|-:|-:|-:|-:|-:|",
    ...report.checkpoints.map((each) => {
      const cells = [
        ...[
          count(each.step),
          each.seconds.toFixed(2),
          each.tokensSeen === undefined ? "" : count(each.tokensSeen),
        ],
        ...[each.trainingLoss?.toFixed(4) ?? "", each.loss.toFixed(4)],
        ...[each.perplexity?.toFixed(2) ?? "", each.bitsPerByte?.toFixed(4) ?? ""],
      ];
      const bold = each.step === report.bestStep;
      return `| ${cells.map((cell) => (bold && cell !== "" ? `**${cell}**` : cell)).join(" | ")} |`;
    }),
    ...samples(text.history),
    "",
    "## How it went",
    "",
    "![Learning rate](rate.svg)",
    "",
    "![Gradient norm](norm.svg)",
    "",
    "![Tokens per second](speed.svg)",
    "",
  ].join("\n");
}

const times = ({ tokensSeen, tokens }: TextReport): string =>
  tokens > 0 ? `${(tokensSeen / tokens).toFixed(2)} times` : "from";

function dataTable(sources: readonly SourceFacts[], { data, evaluation }: Recipe): string[] {
  if (sources.length === 0) return dataEntries(data).map(({ source }) => `- \`${source}\``);
  const entries = dataEntries(data);
  const rows = sources.map(({ source, about, bytes, texts, conversations, tokens }, index) => {
    const weight = entries[index]?.weight;
    const use =
      weight === undefined ? "validation" : entries.length > 1 ? `training, weight ${weight}` : "training";
    const numbers = [bytes, texts, conversations, tokens].map(count);
    return `| \`${source}\` | ${about} | ${use} | ${numbers.join(" | ")} |`;
  });
  const held = evaluation.data
    ? "Validated on data of their own."
    : `Of each source, ${Number((100 * evaluation.share).toFixed(1))}% were held back to validate with.`;
  return [
    "| source | what | for | bytes | texts | conversations | tokens |",
    "|-|-|-|-:|-:|-:|-:|",
    ...rows,
    "",
    held,
  ];
}

function filterTable(source: string, filters: readonly FilterFacts[] | undefined): string[] {
  if (!filters) return [];
  return [
    "",
    `Filters on \`${source}\`:`,
    "",
    "| filter | looked at | left out | shortened |",
    "|-|-:|-:|-:|",
    ...filters.map(
      ({ name, seen, dropped, cut }) => `| ${name} | ${count(seen)} | ${count(dropped)} | ${count(cut)} |`,
    ),
  ];
}

/** Each prompt with what was made of it, from the first checkpoint to the best. */
function samples(history: TextReport["history"]): string[] {
  const last = history.at(-1);
  if (!last) return [];
  return [
    "",
    "## Samples",
    ...last.samples.flatMap(({ prompt }, index) => [
      "",
      `### Prompt ${index + 1}`,
      "",
      ...fenced(prompt),
      ...history.flatMap((each) => [
        "",
        each === last ? `**Best, step ${count(each.step)}:**` : `Step ${count(each.step)}:`,
        "",
        ...fenced(each.samples[index]?.text ?? ""),
      ]),
    ]),
  ];
}
