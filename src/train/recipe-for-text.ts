import { checkRecipe } from "./parse-recipe.ts";
import type { Recipe } from "./recipe.ts";
import { nameOfFile } from "./recipe-for-corpus.ts";

/** What a recipe for text and conversations is chosen from. */
export interface TextFacts {
  /** A file, a folder, or `hf:owner/dataset`. */
  readonly source: string;
  /** Of the data. */
  readonly bytes: number;
  /** There are conversations among them. */
  readonly conversational: boolean;
  /** Minutes that the training may take. */
  readonly minutes: number;
}

/**
 * Sizes by the minutes that they are worth on two cores of 2025, and by how much text they need. Chosen by measurement, see
 * docs/log.md: a small model that sees much beats a large one that sees little, and from five minutes on a text of a
 * megabyte is learned by heart rather than a model too small.
 */
const SIZES = [
  { minutes: 0, bytes: 0, width: 64, layers: 2, heads: 2, context: 64, batch: 12 },
  { minutes: 0.15, bytes: 1e5, width: 96, layers: 3, heads: 3, context: 128, batch: 8 },
  { minutes: 0.5, bytes: 3e5, width: 128, layers: 4, heads: 4, context: 128, batch: 16 },
  { minutes: 2.5, bytes: 5e5, width: 128, layers: 4, heads: 4, context: 256, batch: 8 },
  { minutes: 10, bytes: 4e6, width: 192, layers: 5, heads: 6, context: 256, batch: 8 },
  { minutes: 30, bytes: 1e7, width: 256, layers: 6, heads: 8, context: 256, batch: 16 },
  { minutes: 120, bytes: 5e7, width: 384, layers: 8, heads: 12, context: 256, batch: 16 },
] as const;

/** Data from which on byte pairs are worth their table: conversations need the room that they save. */
const ENOUGH_FOR_PAIRS = { text: 1e7, conversations: 5e5 } as const;
/** Bytes of text for each minute below which a model sees it so often that it needs dropout. */
const LITTLE = 5e5;

/** The recipe for a text that a person gave without saying more: `modern`, as large as the text and the time allow. */
export function recipeForText({ source, bytes, conversational, minutes }: TextFacts): Recipe {
  const size = SIZES.findLast((each) => minutes >= each.minutes && bytes >= each.bytes) ?? SIZES[0];
  const { width, layers, heads, context, batch } = size;
  const enough = conversational ? ENOUGH_FOR_PAIRS.conversations : ENOUGH_FOR_PAIRS.text;
  const long = minutes >= 2.5;
  return checkRecipe({
    name: nameOfFile(source, "text"),
    task: "corpus",
    data: source,
    tokenizer: { kind: bytes >= enough ? "bpe" : "character", vocabulary: 2048, unknown: true },
    model: {
      preset: "modern",
      ...{ width, layers, heads, deviation: 0.07 },
      contextWindow: conversational ? Math.max(256, context) : context,
    },
    training: {
      steps: 1000,
      batch,
      lossOn: "all",
      dropout: long && bytes < LITTLE * minutes ? 0.05 : 0,
      checkpointSteps: 200,
      keep: "best-and-newest",
    },
    optimizer: {
      kind: "muon",
      rate: 0.006,
      rates: { tables: 1, matrices: 5, vectors: 0.5 },
      ...(long ? LONG : SHORT),
    },
    schedule: { kind: "linear", warmup: 10, floor: long ? 0.01 : 0.02 },
    evaluation: { mostTokens: 50_000 },
  });
}

/** Averages of gradients reach less far back where there are few steps. */
const SHORT = { momentum: 0.9, betas: [0.8, 0.95], decay: 0 } as const;
const LONG = { momentum: 0.95, betas: [0.9, 0.97], decay: 0.02 } as const;
