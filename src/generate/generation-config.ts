import { ParrotletError } from "../base/index.ts";

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
  /** The same seed and prompt give the same reply. @default 0 */
  readonly seed: number;
  /** Texts that end what is made; they are not part of it. @default [] */
  readonly stopSequences: readonly string[];
}

/** The fields that are one number. */
export type GenerationNumber = Exclude<keyof GenerationConfig, "stopSequences">;

const defaults: GenerationConfig = {
  maxNewTokens: 100,
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  stopSequences: [],
};

const ranges: Readonly<Record<GenerationNumber, readonly [least: number, most: number, whole: boolean]>> = {
  maxNewTokens: [1, 1_000_000, true],
  temperature: [0, 100, false],
  topK: [0, 1_000_000, true],
  topP: [0, 1, false],
  seed: [0, 2 ** 32 - 1, true],
};

/**
 * Fills in defaults and checks ranges.
 *
 * @throws {ParrotletError} `generation-config`, with the field, its value and its range.
 */
export function generationConfig(options: Partial<GenerationConfig> = {}): GenerationConfig {
  const config = { ...defaults, ...options };
  for (const [name, [least, most, whole]] of Object.entries(ranges)) {
    const value = config[name as GenerationNumber];
    if (Number.isFinite(value) && value >= least && value <= most && (!whole || Number.isInteger(value)))
      continue;
    const kind = whole ? "a whole number" : "a number";
    const message = `${name} is ${value}; it must be ${kind} from ${least} to ${most}.`;
    throw new ParrotletError("generation-config", message);
  }
  if (config.stopSequences.includes("")) {
    const message = "stopSequences holds an empty text, which would end everything at once. Leave it out.";
    throw new ParrotletError("generation-config", message);
  }
  return config;
}
