import chalk from "chalk";
import type { DataReport, Distribution, FilterReport, Sample } from "../data/index.ts";
import { bytes, count, counted, oneLine, percent, table } from "./terminal.ts";

const LANGUAGES = 5;
const BARS = "▁▂▃▄▅▆▇█";

/** What data is made of, for people to read in a terminal or a pipe. */
export function showDataReport(report: DataReport): string {
  return [
    summary(report),
    lengths(report),
    languages(report),
    filters(report.filters),
    examples(report.filters),
    samples(report.samples),
    problems(report),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const titled = (title: string, text: string): string => `${chalk.bold(title)}\n${text}`;

/** `file:line`, as editors and terminals open it. */
const place = ({ file, line }: { file: string; line: number }): string => `${file}:${line}`;

function summary({ counts }: DataReport): string {
  const kinds = [
    ...(counts.conversations > 0 ? [counted(counts.conversations, "conversation")] : []),
    ...(counts.messages > 0 ? [counted(counts.messages, "message")] : []),
    ...(counts.documents > 0 ? [counted(counts.documents, "document")] : []),
  ];
  if (kinds.length === 0) return "There is nothing to learn from in it.";
  const size = [counted(counts.words, "word"), counted(counts.characters, "character")];
  const different = `${count(counts.distinctCharacters)} different`;
  return `${chalk.bold(kinds.join(", "))}\n${size.join(", ")} (${different}), ${bytes(counts.bytes)}`;
}

function lengths(report: DataReport): string {
  const rows = (
    [
      ["messages of a conversation", report.turns],
      ["characters of a message", report.messageLength],
      ["characters of a conversation", report.conversationLength],
      ["characters of a document", report.documentLength],
    ] as const
  ).flatMap(([name, distribution]) => (distribution ? [lengthRow(name, distribution)] : []));
  return rows.length === 0
    ? ""
    : table(["", "least", "5%", "median", "95%", "most", "mean", "least to most"], rows);
}

function lengthRow(name: string, { least, p5, median, p95, most, mean, shape }: Distribution): string[] {
  const highest = Math.max(...shape);
  const bars = shape.map((each) =>
    each === 0 ? " " : (BARS[Math.ceil((each / highest) * BARS.length) - 1] ?? ""),
  );
  const average = mean < 100 ? mean.toFixed(1) : count(Math.round(mean));
  return [name, ...[least, p5, median, p95, most].map(count), average, least === most ? "" : bars.join("")];
}

function languages({ languages }: DataReport): string {
  if (languages.length === 0) return "";
  const names = new Intl.DisplayNames("en", { type: "language" });
  const few = languages
    .slice(0, LANGUAGES)
    .map(({ language, share }) => `${names.of(language) ?? language} ${percent(share)}`);
  const more = languages.length > LANGUAGES ? [`${languages.length - LANGUAGES} more`] : [];
  return `${chalk.bold("Languages")}  ${[...few, ...more].join(", ")}`;
}

function filters(reports: readonly FilterReport[]): string {
  const rows = reports.map(({ name, dropped, cut, share }) => {
    const nothing = dropped + cut === 0;
    return [name, nothing ? "-" : percent(share), count(dropped), count(cut)];
  });
  const headings = ["filter", "of the text", "items dropped", "texts shortened"];
  return titled("What each filter would leave out, alone", table(headings, rows));
}

function examples(reports: readonly FilterReport[]): string {
  const rows = reports.flatMap(({ name, examples }) =>
    examples.map((each, i) => [i === 0 ? name : "", place(each.place), each.why, each.text]),
  );
  return rows.length === 0 ? "" : titled("Examples of it", table(["filter", "where", "why", "text"], rows));
}

function samples(all: readonly Sample[]): string {
  if (all.length === 0) return "";
  const shown = all.map((sample) => {
    const lines = sample.lines.map(({ role, text }) =>
      role ? `  ${chalk.cyan(role.padEnd(9))}  ${oneLine(text)}` : `  ${oneLine(text)}`,
    );
    return [chalk.dim(place(sample.place)), ...lines].join("\n");
  });
  return titled("Samples", shown.join("\n"));
}

function problems({ problems: { count: all, first } }: DataReport): string {
  if (all === 0) return "";
  const lines = first.map((problem) => `  ${chalk.yellow(place(problem))}  ${oneLine(problem.message)}`);
  const more = all > first.length ? [chalk.dim(`  and ${count(all - first.length)} more`)] : [];
  return titled(`${counted(all, "problem")}: left out`, [...lines, ...more].join("\n"));
}
