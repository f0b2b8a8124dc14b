import { randomInt } from "node:crypto";
import type { Command } from "commander";
import { type GenerationConfig, generationConfig } from "../generate/index.ts";
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
  readonly seed?: number;
  readonly stop?: readonly string[];
}

/** @param most What `--max-new-tokens` is without the option. */
export const withSamplingOptions = (command: Command, most: string): Command =>
  command
    .option(
      "--temperature <x>",
      "0 takes the likeliest token, higher is more daring (default: 0.8, of pairs 0)",
      numberIn(0, 100),
    )
    .option("--max-new-tokens <n>", `most tokens that are made (default: ${most})`, wholeFrom(1))
    .option("--top-k <n>", "choose among the n likeliest; 0 is all (default: 0)", wholeFrom(0))
    .option(
      "--top-p <x>",
      "choose among the likeliest that reach this probability (default: 0.95, of pairs 1)",
      numberIn(0, 1),
    )
    .option("--seed <n>", "the same seed gives the same text (default: another each time)", seedNumber)
    .option("--stop <text...>", "end before this text; \\n is a line break");

/** Text is drawn a little below the model's own daring, without its least likely tokens. What was learned by heart is not drawn. */
const DRAWN = { temperature: 0.8, topP: 0.95 } as const;
const BY_HEART = { temperature: 0, topP: 1 } as const;

/** The options, with what suits a kind of model where they say nothing. */
export function samplingConfig(
  kind: SpecialSet,
  maxNewTokens: number,
  { stop = [], ...options }: SamplingOptions,
): GenerationConfig {
  const { temperature, topK, topP, seed } = options;
  const usual = { topK: 0, ...(kind === "pairs" ? BY_HEART : DRAWN) };
  return generationConfig({
    temperature: temperature ?? usual.temperature,
    topP: topP ?? usual.topP,
    topK: topK ?? usual.topK,
    seed: seed ?? randomInt(2 ** 32 - 1),
    maxNewTokens: options.maxNewTokens ?? maxNewTokens,
    stopSequences: stop.map(unescaped),
  });
}

/** What is typed as `\n` and `\t` is hard to type otherwise. */
export const unescaped = (text: string): string =>
  text.replaceAll(/\\([nt\\])/g, (_, letter: string) => ({ n: "\n", t: "\t" })[letter] ?? letter);
