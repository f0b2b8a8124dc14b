import chalk from "chalk";
import { lastPart } from "../base/index.ts";
import type { Inspection } from "../node/index.ts";
import { showDataReport } from "./show-data-report.ts";
import { bytes, count, counted, oneLine, percent, table } from "./terminal.ts";

/** Files and speakers that are named. */
const FILES = 8;
const SPEAKERS = 10;
/** Columns of the longest bar. */
const BAR = 20;

/** What data hold, for people to read in a terminal or a pipe. */
export function showInspection(inspection: Inspection): string {
  return [
    heading(inspection),
    files(inspection),
    showDataReport(inspection.report, {
      speakers: speakers(inspection),
      place: ({ file, line }) => `${below(file, inspection.source)}:${line}`,
    }),
    closing(inspection),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function heading({ source, about, bytes: size, files, hub, ended, report }: Inspection): string {
  const [only] = files.first;
  const encoding = files.count === 1 && only?.encoding ? `, ${only.encoding}` : "";
  const items = report.counts.documents + report.counts.conversations;
  const part = {
    all: [],
    limit: [`Only the first ${count(items)} texts and conversations were looked at: all below is of these.`],
    stopped: [`Stopped after ${counted(items, "text")} and conversations: all below is of these.`],
  }[ended];
  return [
    `${chalk.bold(source)}\n${about}${encoding}, ${bytes(size)}`,
    ...(hub
      ? [
          `revision ${hub.revision.slice(0, 8)}, ${hub.license ? `license ${hub.license}` : "its card names no license"}`,
        ]
      : []),
    ...part.map((line) => chalk.yellow(line)),
  ].join("\n");
}

function files({ source, files: { count: all, first } }: Inspection): string {
  if (all <= 1) return "";
  const rows = first
    .slice(0, FILES)
    .map(({ file, format, encoding = "" }) => [below(file, source), format, encoding]);
  const more = all > rows.length ? [chalk.dim(`and ${count(all - rows.length)} more`)] : [];
  return [table(["file", "format", "encoding"], rows), ...more].join("\n");
}

/** A file's name within its folder, or alone. */
const below = (file: string, source: string): string =>
  (file.startsWith(source) ? file.slice(source.length).replace(/^[\\/]+/, "") : "") || lastPart(file);

function speakers({ speakers: all, asIfMe }: Inspection): string {
  if (all.length === 0) return "";
  const messages = all.reduce((sum, speaker) => sum + speaker.messages, 0);
  const [most] = all;
  const rows = all
    .slice(0, SPEAKERS)
    .map((speaker) => [
      oneLine(speaker.name),
      count(speaker.messages),
      percent(speaker.messages / messages),
      "█".repeat(Math.max(1, Math.round((BAR * speaker.messages) / (most?.messages ?? 1)))),
    ]);
  const more = all.length > SPEAKERS ? [chalk.dim(`and ${count(all.length - SPEAKERS)} more`)] : [];
  const note =
    asIfMe === undefined
      ? []
      : [
          chalk.dim(
            `Conversations are made as with --me ${JSON.stringify(asIfMe)}, who writes most. Say --me NAME for another.`,
          ),
        ];
  const heads = ["who speaks", "messages", "share", ""];
  return [table(heads, rows, undefined, { rightFrom: 1, rightTo: 3 }), ...more, ...note].join("\n");
}

function closing({ source, report, asIfMe }: Inspection): string {
  if (report.counts.documents + report.counts.conversations === 0) return "";
  const name = /^[\w./:~@-]+$/.test(source) ? source : JSON.stringify(source);
  return `Train on it: ${chalk.bold(`parrotlet train ${name}${asIfMe === undefined ? "" : ` --me ${JSON.stringify(asIfMe)}`}`)}`;
}
