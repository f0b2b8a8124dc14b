import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import {
  GENERATION_RANGES,
  type GenerationConfig,
  type GenerationNumber,
  generationConfig,
  type ReplyFormat,
} from "../generate/index.ts";
import type { SpecialSet } from "../text/index.ts";
import { numberIn, seedNumber, wholeFrom } from "./options.ts";

/** Tokens of a text where nobody says how many. */
export const MAX_NEW_TOKENS = 400;

/** How the next token is chosen, as the command line says it. */
export interface SamplingOptions {
  readonly temperature?: number;
  readonly maxNewTokens?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly logitBias?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly format?: ReplyFormat;
}

/** @param most What `--max-new-tokens` is without the option. */
export const withSamplingOptions = (command: Command, most: string): Command =>
  command
    .option(
      "--temperature <x>",
      "0 takes the likeliest token, higher is more daring (default: 0.8, of pairs 0)",
      within("temperature"),
    )
    .option("--max-new-tokens <n>", `most tokens that are made (default: ${most})`, wholeFrom(1))
    .option("--top-k <n>", "choose among the n likeliest; 0 is all (default: 0)", wholeFrom(0))
    .option(
      "--top-p <x>",
      "choose among the likeliest that reach this probability (default: 0.95, of pairs 1)",
      within("topP"),
    )
    .option(
      "--min-p <x>",
      "choose among those at least this fraction as likely as the likeliest (default: 0)",
      within("minP"),
    )
    .option(
      "--repetition-penalty <x>",
      "above 1, say less of what prompt and reply have already (default: 1)",
      within("repetitionPenalty"),
    )
    .option(
      "--frequency-penalty <x>",
      "taken from a token's logit for each time that the reply has it (default: 0)",
      within("frequencyPenalty"),
    )
    .option(
      "--presence-penalty <x>",
      "taken once from the logit of a token that the reply has (default: 0)",
      within("presencePenalty"),
    )
    .option(
      "--logit-bias <id=x>",
      "add x to a token's logit, -100 to 100; may be given again",
      (text: string, before: Readonly<Record<string, number>> = {}) => ({ ...before, ...biasOption(text) }),
    )
    .option("--seed <n>", "the same seed gives the same text (default: another each time)", seedNumber)
    .option(
      "--stop <text>",
      "end before this text; \\n is a line break; may be given again",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option(
      "--format <form>",
      "what the text must match: json, a file with a JSON schema, or a /regular expression/",
      formatOption,
    );

function within(name: GenerationNumber): (text: string) => number {
  const [least, most, whole] = GENERATION_RANGES[name];
  return numberIn(least, most, { whole });
}

/** `50256=-100` */
export function biasOption(text: string): Readonly<Record<string, number>> {
  const [, token = "", number = ""] = /^\s*(\d{1,9})\s*=\s*(\S+)\s*$/.exec(text) ?? [];
  const bias = Number(number);
  if (token === "" || !(Math.abs(bias) <= 100))
    throw new InvalidArgumentError("It must be a token's id, =, and a number from -100 to 100: 50256=-100.");
  return { [String(Number(token))]: bias };
}

const MOST_SCHEMA_BYTES = 1 << 20;

/** `json`, `/regular expression/`, or the path of a JSON schema. */
export function formatOption(text: string): ReplyFormat {
  if (text === "json") return { type: "json" };
  const pattern = /^\/([\s\S]+)\/$/.exec(text)?.[1];
  if (pattern !== undefined) return { type: "regex", pattern };
  const problem = (why: string): Error =>
    new InvalidArgumentError(`It must be json, /a regular expression/ or the path of a JSON schema; ${why}.`);
  let content: Buffer;
  try {
    content = readFileSync(text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw problem(code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`);
  }
  if (content.length > MOST_SCHEMA_BYTES) throw problem("the file has more than 1 MiB");
  try {
    return { type: "json-schema", schema: JSON.parse(content.toString("utf8")) as unknown };
  } catch {
    throw problem("what the file holds is not JSON");
  }
}

/** Text is drawn a little below the model's own daring, without its least likely tokens. What was learned by heart is not drawn. */
export const usualSampling = (kind: SpecialSet): Pick<GenerationConfig, "temperature" | "topP"> =>
  kind === "pairs" ? { temperature: 0, topP: 1 } : { temperature: 0.8, topP: 0.95 };

/** What the options say of a config, and nothing else. */
export function givenSampling({ stop, ...options }: SamplingOptions): Partial<GenerationConfig> {
  const stops = stop && { stopSequences: stop.map(unescaped) };
  const given = Object.keys(generationConfig()).flatMap((name) => {
    const value = (options as Readonly<Record<string, unknown>>)[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(given), ...stops };
}

/** The options, over what the settings say, over what suits a kind of model. */
export function samplingConfig(
  kind: SpecialSet,
  maxNewTokens: number,
  options: SamplingOptions,
  settings: Partial<GenerationConfig> = {},
): GenerationConfig {
  const usual = { ...usualSampling(kind), seed: randomInt(2 ** 32 - 1), maxNewTokens };
  return generationConfig({ ...usual, ...settings, ...givenSampling(options) });
}

/** What is typed as `\n` and `\t` is hard to type otherwise. */
export const unescaped = (text: string): string =>
  text.replaceAll(/\\([nt\\])/g, (_, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? letter);
