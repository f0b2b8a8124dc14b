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
 * docs/log.md: a small model that sees much beats a large one that sees little.
 */
const SIZES = [
  { minutes: 0, bytes: 0, width: 64, layers: 2, heads: 2, context: 64, batch: 12 },
  { minutes: 0.2, bytes: 1e5, width: 96, layers: 3, heads: 3, context: 128, batch: 8 },
  { minutes: 0.7, bytes: 3e5, width: 128, layers: 4, heads: 4, context: 128, batch: 8 },
  { minutes: 3, bytes: 8e5, width: 192, layers: 5, heads: 6, context: 192, batch: 8 },
  { minutes: 12, bytes: 4e6, width: 256, layers: 6, heads: 8, context: 256, batch: 8 },
  { minutes: 60, bytes: 2e7, width: 384, layers: 8, heads: 12, context: 256, batch: 8 },
] as const;

/** Text from which on byte pairs are worth their table. */
const ENOUGH_FOR_PAIRS = 1e7;
/** Text that is so little is seen so often that it is known by heart. */
const LITTLE = 5e6;

/** The recipe for a text that a person gave without saying more: `modern`, as large as the text and the time allow. */
export function recipeForText({ source, bytes, conversational, minutes }: TextFacts): Recipe {
  const size = SIZES.findLast((each) => minutes >= each.minutes && bytes >= each.bytes) ?? SIZES[0];
  const { width, layers, heads, context, batch } = size;
  const kind = bytes >= ENOUGH_FOR_PAIRS ? "bpe" : "character";
  return checkRecipe({
    name: nameOfFile(source, "text"),
    task: "corpus",
    data: source,
    tokenizer: { kind, vocabulary: 2048, unknown: true },
    model: {
      preset: "modern",
      width,
      layers,
      heads,
      contextWindow: conversational ? 2 * context : context,
      ...MODEL,
    },
    training: {
      steps: 1000,
      batch,
      lossOn: "all",
      dropout: bytes < LITTLE && minutes >= 1 ? 0.1 : 0,
      checkpointSteps: 200,
      keep: "best-and-newest",
    },
    optimizer: OPTIMIZER,
    schedule: { kind: "linear", warmup: 10, floor: 0.02 },
    evaluation: { mostTokens: 100_000 },
  });
}

/** What measured best; see docs/log.md. */
const MODEL = { deviation: 0.07 } as const;
const OPTIMIZER = {
  kind: "muon",
  rate: 0.006,
  momentum: 0.9,
  betas: [0.8, 0.95],
  decay: 0,
  rates: { tables: 1, matrices: 5, vectors: 0.5 },
} as const;
