import chalk from "chalk";
import type { MadeItem } from "../data/index.ts";
import type { MadeCorpus } from "../node/index.ts";
import { bytes, count, counted, duration, indented, percent, table } from "./terminal.ts";

/** Skills that are named. */
const SKILLS = 60;

/** What was made, for people. */
export function showMade({ pack, seed, seconds, files, exam, report }: MadeCorpus): string {
  const { kinds, skills, sentences, words, fourGrams } = report;
  const items = kinds.reduce((sum, kind) => sum + kind.items, 0);
  const right = { rightFrom: 1, rightTo: 4 };
  const byKind = kinds.map((kind) => [
    kind.kind,
    count(kind.items),
    bytes(kind.bytes),
    percent(kind.bytes / Math.max(1, report.bytes)),
  ]);
  const bySkill = skills
    .slice(0, SKILLS)
    .map(({ skill, items: of }) => [skill, count(of), percent(of / Math.max(1, items))]);
  return [
    `${chalk.bold(pack)}  ${bytes(report.bytes)} of text, seed ${seed}, made in ${duration(seconds)}`,
    "",
    table(["kind", "items", "text", "share"], byKind, undefined, right),
    ...(skills.length > 0 ? ["", table(["skill", "items", "share"], bySkill, undefined, right)] : []),
    ...(skills.length > SKILLS ? [chalk.dim(`and ${count(skills.length - SKILLS)} more`)] : []),
    "",
    `${counted(sentences.all, "sentence")}, ${count(sentences.distinct)} distinct`,
    `${counted(fourGrams.all, "4-gram")}, ${count(fourGrams.distinct)} distinct`,
    `${counted(words.all, "word")}, ${count(words.distinct)} distinct`,
    ...files.map((file) => `${chalk.dim("wrote")} ${file.path}  ${bytes(file.bytes)}`),
    ...(exam ? [`${chalk.dim("wrote")} ${exam.path}  ${counted(exam.cases, "question")} of the exam`] : []),
  ].join("\n");
}

/** One item, for people to read. */
export function showSample({ kind, skills, item }: MadeItem): string {
  const head = chalk.dim([kind, ...new Set(skills)].join(", "));
  if (item.kind === "text") return `${head}\n${indented(item.text, "  ")}`;
  const lines = item.messages.map(({ role, text }) => indented(text, role === "user" ? "  > " : "  < "));
  return [head, ...lines].join("\n");
}
