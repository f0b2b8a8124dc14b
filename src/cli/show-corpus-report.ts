import chalk from "chalk";
import { lastPart } from "../base/index.ts";
import type { CorpusReport, SourceReport } from "../data/index.ts";
import { isPackReference, packTitle } from "../node/index.ts";
import { bytes, count, counted, oneLine, percent } from "./terminal.ts";

/** Problems that are named. */
const PROBLEMS = 3;
/** An overlap from which on validation flatters the model. */
const MUCH_OVERLAP = 0.01;

/** What reading the data of a training did, in a few lines for people. */
export function showCorpusReport(report: CorpusReport): string {
  return [
    ...report.sources.flatMap((source) => sourceLines(source)),
    ...report.validation.flatMap((source) => sourceLines(source, "to validate with: ")),
    tokensLine(report),
    ...overlapLines(report),
  ].join("\n");
}

function sourceLines(source: SourceReport, before = ""): string[] {
  const { hub, files, problems, filters } = source;
  const license = hub?.license ? `license ${hub.license}` : "its card names no license";
  return [
    `${before}${chalk.bold(nameOf(source.source))}  ${source.about}, ${bytes(source.bytes)}${encodingOf(files)}: ${itemsOf(source)}`,
    ...(hub ? [`  revision ${hub.revision.slice(0, 8)}, ${license}`] : []),
    ...problems.first
      .slice(0, PROBLEMS)
      .map(({ file, line, message }) => `  ${chalk.yellow(`${file}:${line}`)}  ${oneLine(message)}`),
    ...(problems.count > PROBLEMS ? [`  and ${counted(problems.count - PROBLEMS, "problem")} more`] : []),
    ...filters.flatMap(filterLines),
    ...conversationLines(source.conversations),
  ];
}

/** A path's last part; a dataset of the Hub without its commit, which is said by itself. */
const nameOf = (source: string): string => {
  if (isPackReference(source)) return packTitle(source);
  return source.startsWith("hf:") ? source.replace(/@[0-9a-f]{40}/, "") : lastPart(source);
};

/** Encodings other than UTF-8, which goes without saying. */
function encodingOf({ first }: SourceReport["files"]): string {
  const encodings = new Set(first.flatMap(({ encoding }) => encoding ?? []));
  encodings.delete("utf-8");
  return encodings.size === 0 ? "" : `, read as ${[...encodings].join(", ")}`;
}

function itemsOf({ items: { documents, conversations, messages } }: SourceReport): string {
  const parts = [
    ...(documents > 0 ? [counted(documents, "document")] : []),
    ...(conversations > 0
      ? [`${counted(conversations, "conversation")} of ${counted(messages, "message")}`]
      : []),
  ];
  return parts.join(", ") || "nothing";
}

function filterLines({ name, dropped, cut, share, examples }: SourceReport["filters"][number]): string[] {
  if (dropped + cut === 0) return [`  ${name} left out nothing`];
  const what = [
    ...(dropped > 0 ? [`${counted(dropped, "item")} dropped`] : []),
    ...(cut > 0 ? [`${counted(cut, "text")} shortened`] : []),
  ];
  const [first] = examples;
  const example = first ? ` ${chalk.dim(`for example "${oneLine(first.text)}": ${first.why}`)}` : "";
  return [`  ${name} left out ${percent(share)}: ${what.join(", ")}${example}`];
}

function conversationLines(counts: SourceReport["conversations"]): string[] {
  const { cutConversations, cutExchanges, withoutReply, tokensLeftOut } = counts;
  const parts = [
    ...(cutConversations > 0 ? [`${counted(cutConversations, "conversation")} in several pieces`] : []),
    ...(cutExchanges > 0 ? [`${counted(cutExchanges, "exchange")} shortened`] : []),
    ...(withoutReply > 0 ? [`${counted(withoutReply, "conversation")} without a reply left out`] : []),
    ...(tokensLeftOut > 0 ? [`${counted(tokensLeftOut, "token")} lost`] : []),
  ];
  return parts.length === 0 ? [] : [`  to fit the context window: ${parts.join(", ")}`];
}

function tokensLine({ tokens, rows }: CorpusReport): string {
  const padding = rows.padding > 0 ? `; ${percent(rows.padding)} of the places in rows stay empty` : "";
  return `${counted(tokens.training, "token")} to learn from, ${count(tokens.validation)} to validate with${padding}`;
}

function overlapLines({ overlap, sources }: CorpusReport): string[] {
  if (!overlap) return [];
  const { windows, items, measured } = overlap;
  const sampled = measured.bytes < measured.of ? `, of ${bytes(measured.bytes)} that were looked at` : "";
  const both = Math.max(windows.share, items.share);
  // What patterns make comes again by their nature.
  const made = sources.every(({ source }) => isPackReference(source));
  const exam = made ? ", by the same patterns: what the model knows is for its exam to say" : "";
  if (both <= MUCH_OVERLAP || made)
    return both === 0
      ? []
      : [`${percent(both)} of the validation text stands in the training text too${sampled}${exam}`];
  const copies =
    items.found > 0 ? `, and ${count(items.found)} of ${counted(items.all, "item")} are copies` : "";
  const [example] = overlap.examples;
  return [
    `${chalk.yellow("warning:")} ${percent(windows.share)} of the validation text stands in the training text too${copies}${sampled}: validation will look better than the model is.`,
    ...(example ? [chalk.dim(`  for example "${oneLine(example.text)}"`)] : []),
    "  Leave out what comes again with --filter duplicates, near-duplicates or boilerplate (parrotlet data inspect says which helps), or validate with data of their own (evaluation: data: in a recipe).",
  ];
}
