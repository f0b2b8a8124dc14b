import { ParrotletError } from "../../base/index.ts";
import type { Checkpoint } from "../../checkpoint/index.ts";
import { type Item, partItems, partTokens } from "../../data/index.ts";
import { renderPair, type Tokenizer } from "../../text/index.ts";
import type { PairData, Recipe, StoreData } from "../../train/index.ts";
import { recipeOf } from "../../workspace/index.ts";
import type { OpenCorpusOptions } from "../corpus/open-corpus.ts";
import type { FoundModel } from "../find-model.ts";
import { loadData } from "../library.ts";

/** What a model was trained on; what was held back to validate with is not in it. */
export interface TrainingText {
  /** Of the files, about. */
  readonly bytes: number;
  items(): Iterable<Item>;
  /** Documents and conversations as the model saw them. An array is valid until the next comes. */
  sequences(): Iterable<ArrayLike<number>>;
}

/** The recipe that a model was trained by, where it says so. */
export async function recipeBehind(
  { run }: FoundModel,
  { training }: Pick<Checkpoint, "training">,
): Promise<Recipe | undefined> {
  if (run) return run.recipe();
  return training && recipeOf(training);
}

/**
 * Opens what a model was trained on: tokens that were kept, or the data once more.
 *
 * @returns Why that cannot be, where the data are gone, or are no longer what they were.
 */
export async function openTrainingText(
  recipe: Recipe | undefined,
  { tokenizer, training }: Pick<Checkpoint, "tokenizer" | "training">,
  options: Omit<OpenCorpusOptions, "tokenizer">,
): Promise<TrainingText | { readonly missing: string }> {
  if (!recipe) return { missing: "the checkpoint does not say what it was trained on" };
  try {
    const data = await loadData(recipe, { ...options, tokenizer });
    if (training && training.data !== data.hash) return { missing: "the data have changed since then" };
    return data.kind === "pairs" ? pairText(data, tokenizer) : storeText(data);
  } catch (error) {
    if (!(error instanceof ParrotletError)) throw error;
    return { missing: error.message };
  }
}

function storeText({ parts, sources = [], tokenizer }: StoreData): TrainingText {
  return {
    bytes: sources.reduce((sum, { bytes }) => sum + bytes, 0),
    *items() {
      for (const part of parts.training) yield* partItems(part, tokenizer, "training");
    },
    *sequences() {
      for (const part of parts.training) yield* partTokens(part);
    },
  };
}

function pairText({ corpus: { pairs } }: PairData, tokenizer: Tokenizer): TrainingText {
  return {
    bytes: pairs.reduce((sum, { question, answer }) => sum + question.length + answer.length, 0),
    *items() {
      for (const { question, answer, line } of pairs) {
        const messages = [
          { role: "user", text: question },
          { role: "assistant", text: answer },
        ] as const;
        yield { kind: "conversation", messages, file: "training", line };
      }
    },
    *sequences() {
      for (const { question, answer, times } of pairs) {
        const { ids } = renderPair(tokenizer, question, answer);
        for (let time = 0; time < times; time++) yield ids;
      }
    },
  };
}
