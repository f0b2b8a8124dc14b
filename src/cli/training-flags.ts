import { type Command, InvalidArgumentError, Option } from "commander";
import { closest } from "../base/index.ts";
import type { Columns } from "../data/index.ts";
import { numberIn, seedNumber, wholeFrom } from "./options.ts";

/** An option that the environment can set too: `--batch-size` by `PARROTLET_BATCH_SIZE`. An empty variable sets nothing. */
function option(flags: string, about: string, parse?: (text: string) => unknown): Option {
  const name = /--([a-z-]+)/.exec(flags)?.[1] ?? "";
  const variable = `PARROTLET_${name.toUpperCase().replaceAll("-", "_")}`;
  const made = new Option(flags, about);
  if (process.env[variable] !== "") made.env(variable);
  return parse ? made.argParser(parse) : made;
}

const COLUMNS = ["text", "question", "answer", "system", "messages"] as const;

/** `question=Frage,answer=Antwort` as the recipe has it. */
export function parseColumns(text: string): Columns {
  const entries = text.split(",").map((part) => part.split("=").map((side) => side.trim()));
  const wrong = entries.find(
    ([name = "", column, ...more]) => !column || more.length > 0 || !COLUMNS.some((known) => known === name),
  );
  if (wrong)
    throw new InvalidArgumentError(
      `${wrong.join("=") || "Nothing"} names no column. Write text=NAME, or question=NAME,answer=NAME, or messages=NAME; system=NAME may come with them.`,
    );
  return Object.fromEntries(entries) as Columns;
}

/** How records and chats are read, where it is not found out. */
export const readingFlags = (): Option[] => [
  option(
    "--columns <names>",
    "which field is what: text=NAME, or question=NAME,answer=NAME, or messages=NAME (default: found out)",
    parseColumns,
  ),
  option(
    "--gap-hours <n>",
    "in chats: silence after which a new conversation begins (6)",
    numberIn(0.001, 1e6),
  ),
];

/** What a training can be told on the command line; `withOptions` puts it into the recipe. */
export function withTrainingOptions(command: Command): Command {
  const all = [
    option("--name <name>", "name of the run (default: the recipe's, or the data file's)"),
    new Option("--recipe <recipe>", "train by this recipe, on the data that are named"),
    option("--minutes <n>", "train for this long: as many steps as fit (text: 5)", numberIn(0.001, 100_000)),
    option("--steps <n>", "updates of the weights", wholeFrom(1)),
    option("--epochs <n>", "passes over the data", numberIn(0.001, 1e6)),
    option("--tokens <n>", "tokens to learn from", numberIn(1, 1e15)),
    option("--preset <name>", "architecture").choices(["classic", "llama", "modern"]),
    option("--width <n>", "numbers per token", wholeFrom(1)),
    option("--layers <n>", "transformer blocks", wholeFrom(1)),
    option("--heads <n>", "attention heads", wholeFrom(1)),
    option("--context <n>", "context window, in tokens", wholeFrom(2)),
    option("--tokenizer <kind>", "what a token is").choices(["character", "byte", "bpe"]),
    option("--vocabulary <n>", "tokens of a bpe tokenizer", wholeFrom(1)),
    option("--batch-size <n>", "rows a batch", wholeFrom(1)),
    option("--accumulate <n>", "batches a step", wholeFrom(1)),
    option("--learning-rate <x>", "highest learning rate", numberIn(0, 100)),
    option("--optimizer <kind>", "how weights are updated").choices(["muon", "adamw", "adam", "sgd"]),
    option("--schedule <kind>", "how the rate falls").choices(["constant", "linear", "cosine", "wsd"]),
    option("--dropout <x>", "share of activations that are dropped", numberIn(0, 0.95)),
    option("--seed <n>", "seed of weights and order", seedNumber),
    option("--checkpoint-steps <n>", "steps between checkpoints", wholeFrom(1)),
    option("--patience <n>", "stop after so many checkpoints without a better one", wholeFrom(0)),
    option("--prompt <text...>", "what it goes on with at each checkpoint"),
    option("--loss <on>", "what to learn").choices(["all", "answers-only"]),
    option("--precision <name>", "of large matrix products: bf16 is faster where a processor has it").choices(
      ["f32", "bf16"],
    ),
    option("--stop-when-perfect <what>", "stop early").choices(["exam", "all"]),
    option("--encoding <label>", "of the text (default: found out)"),
    option("--format <id>", "of the files (default: found out)"),
    option("--me <name>", "in chats: whom the model learns to be"),
    ...readingFlags(),
    option(
      "--filter <names>",
      "leave out: quality, duplicates, near-duplicates, family-friendly, placeholders, boilerplate, language=CODE, length=LEAST-MOST, turns=LEAST-MOST",
      parseFilters,
    ),
  ];
  for (const each of all) command.addOption(each);
  return command
    .addOption(new Option("--batch <n>").argParser(wholeFrom(1)).hideHelp())
    .addOption(new Option("--rate <x>").argParser(numberIn(0, 100)).hideHelp())
    .hook("preAction", settleRivals)
    .hook("preAction", warnOfVariables);
}

/** Options that say how long, of which one at a time can. */
const LENGTHS = ["steps", "epochs", "tokens"] as const;
/** Options that say the same: where a flag is one of a group, what the environment says of the others does not count. */
const RIVALS = [
  [...LENGTHS, "minutes"],
  ["batchSize", "batch"],
  ["learningRate", "rate"],
] as const;

function settleRivals(command: Command): void {
  const from = (source: string) => (name: string) => command.getOptionValueSource(name) === source;
  for (const group of RIVALS) {
    if (!group.some(from("cli"))) continue;
    for (const name of group.filter(from("env"))) command.setOptionValue(name, undefined);
  }
  const [first, second] = LENGTHS.filter((name) => command.getOptionValue(name) !== undefined);
  if (first === undefined || second === undefined) return;
  const say = (name: string): string =>
    from("env")(name) ? `the variable PARROTLET_${name.toUpperCase()}` : `option --${name}`;
  command.error(`error: ${say(first)} and ${say(second)} both say how long it trains. Keep one of them.`);
}

/** What is read elsewhere, or by tests. */
const OTHER_VARIABLES = /^PARROTLET_(HOME|DEVICE|THREADS|TEST_.*)$/;

/** A misspelt variable would silently set nothing. */
function warnOfVariables(command: Command): void {
  const known = command.options.flatMap(({ envVar }) => envVar ?? []);
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith("PARROTLET_") || OTHER_VARIABLES.test(name) || known.includes(name) || !value)
      continue;
    const meant = closest(name, known);
    const hint = meant ? ` Did you mean ${meant}?` : "";
    process.stderr.write(`warning: The environment sets ${name}, which nothing reads.${hint}\n`);
  }
}

const PLAIN: Readonly<Record<string, object>> = {
  quality: { quality: true },
  duplicates: { duplicates: "exact" },
  "near-duplicates": { duplicates: "near" },
  "family-friendly": { familyFriendly: true },
  placeholders: { placeholders: true },
  boilerplate: { boilerplate: true },
};

/** `quality,length=20-2000` as the recipe has it. */
const parseFilters = (text: string): object =>
  Object.assign({}, ...text.split(",").map((part) => parseFilter(part.trim()))) as object;

function parseFilter(part: string): object {
  const [name = "", value] = part.split("=");
  if (value === undefined && PLAIN[name]) return PLAIN[name];
  if (name === "language" && value) return { language: value };
  const [, least, most] = /^(\d*)-(\d*)$/.exec(value ?? "") ?? [];
  if ((name === "length" || name === "turns") && (least || most))
    return {
      [name]: { ...(least ? { least: Number(least) } : {}), ...(most ? { most: Number(most) } : {}) },
    };
  const known = [...Object.keys(PLAIN), "language=CODE", "length=LEAST-MOST", "turns=LEAST-MOST"].join(", ");
  throw new InvalidArgumentError(`${part} is none. Known are ${known}, with commas between them.`);
}
