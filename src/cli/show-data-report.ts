import chalk from "chalk";
import type { DataReport, Distribution, FilterReport, Place, Sample } from "../data/index.ts";
import { bytes, count, counted, indented, oneLine, percent, table } from "./terminal.ts";

const LANGUAGES = 5;
/** Columns of a terminal that has room for whole shapes. */
const WIDE = 90;
const BARS = "▁▂▃▄▅▆▇█";

interface ShowDataOptions {
  /** A table of who speaks. @default the sides of conversations */
  readonly speakers?: string;
  /** How to name places. @default `file:line` */
  readonly place?: PlaceName;
}

/** What data is made of, for people to read in a terminal or a pipe. */
export function showDataReport(
  report: DataReport,
  { speakers = "", place = fileAndLine }: ShowDataOptions = {},
): string {
  return [
    summary(report),
    lengths(report),
    speakers || roles(report),
    languages(report),
    filters(report.filters),
    examples(report.filters, place),
    samples(report.samples, place),
    problems(report, place),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const titled = (title: string, text: string): string => `${chalk.bold(title)}\n${text}`;

type PlaceName = (place: Place) => string;

/** `file:line`, as editors and terminals open it. */
const fileAndLine: PlaceName = ({ file, line }) => `${file}:${line}`;

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
      ["conversation, turns", report.turns],
      ["message, chars", report.messageLength],
      ["conversation, chars", report.conversationLength],
      ["document, chars", report.documentLength],
    ] as const
  ).flatMap(([name, distribution]) => (distribution ? [lengthRow(name, distribution)] : []));
  return rows.length === 0
    ? ""
    : table(["lengths", "least", "5%", "median", "95%", "most", "mean", "least to most"], rows, undefined, {
        rightFrom: 1,
        rightTo: 7,
      });
}

/** A shape in half the columns. */
const halved = (shape: readonly number[]): number[] =>
  shape.flatMap((each, i) => (i % 2 === 0 ? [each + (shape[i + 1] ?? 0)] : []));

/** Who says how much of conversations; of two it is half each, which need not be said. */
function roles({ roles: all }: DataReport): string {
  if (all.length === 0) return "";
  const characters = all.reduce((sum, said) => sum + said.characters, 0);
  const said = all.map(
    ({ role, messages, characters: own }) =>
      `${role} ${counted(messages, "message")} (${percent(own / characters)} of the text)`,
  );
  return indented(said.join(", "), `${chalk.bold("Who speaks")}  `);
}

function lengthRow(name: string, { least, p5, median, p95, most, mean, shape }: Distribution): string[] {
  const columns = (process.stdout.columns ?? WIDE) < WIDE ? halved(shape) : shape;
  const highest = Math.max(...columns);
  const bars = columns.map((each) =>
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
    return [flagOf(name), nothing ? "-" : percent(share), count(dropped), count(cut)];
  });
  const headings = ["--filter", "of the text", "items dropped", "texts shortened"];
  return titled(
    "What each filter would leave out, alone",
    table(headings, rows, undefined, { rightFrom: 1 }),
  );
}

/** What `--filter` takes for a filter. */
const flagOf = (name: string): string =>
  ({
    familyFriendly: "family-friendly",
    "duplicates: exact": "duplicates",
    "duplicates: near": "near-duplicates",
  })[name] ?? name;

function examples(reports: readonly FilterReport[], place: PlaceName): string {
  const shown = reports.flatMap(({ name, examples: [first] }) =>
    first
      ? [`${flagOf(name)}: ${first.why}  ${chalk.dim(place(first.place))}`, indented(first.text, "  ")]
      : [],
  );
  return shown.length === 0 ? "" : titled("An example of each", shown.join("\n"));
}

function samples(all: readonly Sample[], place: PlaceName): string {
  if (all.length === 0) return "";
  const shown = all.map((sample) => {
    const lines = sample.lines.map(({ role, text }) =>
      indented(text, role ? `  ${chalk.cyan(role.padEnd(9))}  ` : "  "),
    );
    return [chalk.dim(place(sample.place)), ...lines].join("\n");
  });
  return titled("Samples", shown.join("\n"));
}

function problems({ problems: { count: all, first } }: DataReport, place: PlaceName): string {
  if (all === 0) return "";
  const lines = first.map((problem) =>
    indented(`${chalk.yellow(place(problem))}  ${oneLine(problem.message)}`, "  "),
  );
  const more = all > first.length ? [chalk.dim(`  and ${count(all - first.length)} more`)] : [];
  return titled(`${counted(all, "problem")}: left out`, [...lines, ...more].join("\n"));
}
