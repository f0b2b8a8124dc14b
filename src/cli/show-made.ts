import chalk from "chalk";
import type { MadeItem, MadeReport } from "../data/index.ts";
import type { MadeCorpus } from "../node/index.ts";
import { bytes, count, counted, duration, harmless, indented, percent, table } from "./terminal.ts";

/** Rows of a table of skills. */
const SKILLS = 100;

/** What was made, for people. */
export function showMade({ pack, seed, seconds, files, exam, report }: MadeCorpus): string {
  const { sentences, words, fourGrams, vocabulary } = report;
  return [
    `${chalk.bold(pack)}  ${bytes(report.bytes)} of text, seed ${seed}, made in ${duration(seconds)}`,
    "",
    kindsTable(report),
    ...skillsTable(report),
    "",
    `${counted(sentences.all, "sentence")}, ${count(sentences.distinct)} distinct`,
    `${counted(fourGrams.all, "4-gram")}, ${count(fourGrams.distinct)} distinct`,
    `${counted(words.all, "word")}, ${count(words.distinct)} distinct, ${count(vocabulary)} without what users say`,
    ...files.map((file) => `${chalk.dim("wrote")} ${file.path}  ${bytes(file.bytes)}`),
    ...(exam ? [`${chalk.dim("wrote")} ${exam.path}  ${counted(exam.cases, "question")} of the exam`] : []),
  ].join("\n");
}

const kindsTable = ({ kinds, bytes: all }: MadeReport): string =>
  table(
    ["kind", "items", "text", "share"],
    kinds.map(({ kind, items, bytes: own }) => [
      kind,
      count(items),
      bytes(own),
      percent(own / Math.max(1, all)),
    ]),
    undefined,
    { rightFrom: 1, rightTo: 4 },
  );

/** How many items of each kind practise what; stories stand alone. */
function skillsTable({ kinds: all, skills }: MadeReport): string[] {
  const kinds = all.map(({ kind }) => kind).filter((kind) => kind !== "stories");
  const isStory = (of: MadeReport["skills"][number]): boolean => of.kinds.stories === of.items;
  const cells = (of: MadeReport["skills"][number]): string[] =>
    kinds.map((kind) => (of.kinds[kind] === undefined ? "" : count(of.kinds[kind])));
  const practised = skills.filter((skill) => !isStory(skill));
  const stories = skills.filter(isStory);
  const columns = { rightFrom: 1, rightTo: 1 + kinds.length };
  const rows = practised.slice(0, SKILLS).map((of) => [of.skill, ...cells(of)]);
  const told = stories.slice(0, SKILLS).map(({ skill, items }) => [skill, count(items)]);
  return [
    ...(rows.length > 0 ? ["", table(["skill", ...kinds], rows, undefined, columns)] : []),
    ...(told.length > 0 ? ["", table(["story", "told"], told, undefined, { rightFrom: 1, rightTo: 2 })] : []),
    ...(practised.length > SKILLS ? [chalk.dim(`and ${count(practised.length - SKILLS)} skills more`)] : []),
    ...(stories.length > SKILLS ? [chalk.dim(`and ${count(stories.length - SKILLS)} stories more`)] : []),
  ];
}

/** One item, for people to read. */
export function showSample({ kind, skills, item }: MadeItem): string {
  const head = chalk.dim([kind, ...new Set(skills)].join(", "));
  if (item.kind === "text") return `${head}\n${indented(harmless(item.text), "  ")}`;
  const lines = item.messages.map(({ role, text }) =>
    indented(harmless(text), role === "user" ? "  > " : "  < "),
  );
  return [head, ...lines].join("\n");
}
