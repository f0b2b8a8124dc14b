import { ParrotletError, shown } from "../base/index.ts";

/** What a reply must match, by constrained decoding. */
export type ReplyFormat =
  /** Any JSON object. */
  | { readonly type: "json" }
  /** JSON that a schema describes (draft 2020-12, the part that `docs/formats.md` lists). */
  | { readonly type: "json-schema"; readonly schema: unknown }
  /** A regular expression in JavaScript's notation, which the whole reply matches. */
  | { readonly type: "regex"; readonly pattern: string };

/** How the next token is chosen, and when to stop. */
export interface GenerationConfig {
  /** Most tokens of a reply. @default 100 */
  readonly maxNewTokens: number;
  /** Flattens (above 1) or sharpens (below 1) the choice; 0 always takes the likeliest token. @default 0 */
  readonly temperature: number;
  /** Choose among this many of the likeliest tokens; 0 is all. @default 0 */
  readonly topK: number;
  /** Choose among the likeliest tokens that together have this probability. @default 1 */
  readonly topP: number;
  /** Choose among tokens at least this fraction as likely as the likeliest. @default 0 */
  readonly minP: number;
  /**
   * Divides the logits above 0 of tokens that the prompt or the reply has, and multiplies those below; 1 is none.
   * @default 1
   * @see Keskar et al. 2019 (CTRL), §4.1. https://arxiv.org/abs/1909.05858
   */
  readonly repetitionPenalty: number;
  /** Taken from a token's logit for each time that the reply has it. @default 0 */
  readonly frequencyPenalty: number;
  /** Taken once from the logit of a token that the reply has. @default 0 */
  readonly presencePenalty: number;
  /** The same seed and prompt give the same reply. @default 0 */
  readonly seed: number;
  /** Texts that end what is made; they are not part of it. @default [] */
  readonly stopSequences: readonly string[];
  /** Added to the logits of tokens, by id: -100 all but forbids one, 100 all but demands it. @default {} */
  readonly logitBias: Readonly<Record<string, number>>;
  /** What the reply must match. @default undefined: anything */
  readonly format: ReplyFormat | undefined;
}

/** The fields that are one number. */
export type GenerationNumber = Exclude<keyof GenerationConfig, "stopSequences" | "logitBias" | "format">;

const defaults: GenerationConfig = {
  maxNewTokens: 100,
  temperature: 0,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
  seed: 0,
  stopSequences: [],
  logitBias: {},
  format: undefined,
};

/** The least and the most that each number may be, and whether it is whole. */
export const GENERATION_RANGES: Readonly<
  Record<GenerationNumber, readonly [least: number, most: number, whole: boolean]>
> = {
  maxNewTokens: [1, 1_000_000, true],
  temperature: [0, 100, false],
  topK: [0, 1_000_000, true],
  topP: [0, 1, false],
  minP: [0, 1, false],
  repetitionPenalty: [0.01, 100, false],
  frequencyPenalty: [-2, 2, false],
  presencePenalty: [-2, 2, false],
  seed: [0, 2 ** 32 - 1, true],
};

const MOST_STOPS = 64;
const MOST_BIASES = 4096;

/**
 * Fills in defaults and checks ranges.
 *
 * @throws {ParrotletError} `generation-config`, with the field, its value and its range.
 */
export function generationConfig(options: Partial<GenerationConfig> = {}): GenerationConfig {
  const config = { ...defaults, ...options };
  for (const [name, [least, most, whole]] of Object.entries(GENERATION_RANGES)) {
    const value = config[name as GenerationNumber];
    if (Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value)))
      continue;
    const kind = whole ? "a whole number" : "a number";
    throw refused(`${name} is ${shown(value)}; it must be ${kind} from ${least} to ${most}.`);
  }
  checkStops(config.stopSequences);
  checkBias(config.logitBias);
  checkFormat(config.format);
  return config;
}

const refused = (message: string): ParrotletError => new ParrotletError("generation-config", message);

function checkStops(stops: readonly string[]): void {
  if (!Array.isArray(stops) || stops.some((stop) => typeof stop !== "string"))
    throw refused(`stopSequences is ${shown(stops)}; it must be a list of texts.`);
  if (stops.length > MOST_STOPS)
    throw refused(`stopSequences holds ${stops.length} texts; it may hold ${MOST_STOPS}.`);
  if (stops.includes(""))
    throw refused("stopSequences holds an empty text, which would end everything at once. Leave it out.");
}

function checkBias(bias: Readonly<Record<string, number>>): void {
  const entries = Object.entries(bias);
  if (entries.length > MOST_BIASES)
    throw refused(`logitBias names ${entries.length} tokens; it may name ${MOST_BIASES}.`);
  for (const [token, value] of entries) {
    if (!/^\d{1,9}$/.test(token))
      throw refused(`logitBias names the token ${shown(token)}; a token is named by its id, a whole number.`);
    if (!(Number.isFinite(value) && Math.abs(value) <= 100))
      throw refused(`logitBias gives token ${token} ${shown(value)}; it must be a number from -100 to 100.`);
  }
}

function checkFormat(format: ReplyFormat | undefined): void {
  if (format === undefined) return;
  const type: unknown = (format as { type?: unknown } | null)?.type;
  if (type === "json" || type === "json-schema" || type === "regex") return;
  throw refused(`format.type is ${shown(type)}; it must be json, json-schema or regex.`);
}
