import { ParrotletError } from "../base/index.ts";
import type { Corpus } from "../data/index.ts";
import { modelConfig, Transformer } from "../model/index.ts";
import { CharacterTokenizer, type RenderedConversation, renderPair, type Tokenizer } from "../text/index.ts";
import type { Recipe } from "./recipe.ts";

/** What a recipe and its data come to, before any number is computed. */
export interface TrainingPlan {
  readonly tokenizer: Tokenizer;
  readonly model: Transformer;
  /** The rows of training data. */
  readonly rows: readonly RenderedConversation[];
}

/**
 * Holds a recipe against its data.
 *
 * @param tokenizer That of the checkpoint to go on from. @default one that knows the data's characters
 * @throws {ParrotletError} `data-too-long` when a row does not fit the context window; `model-config`.
 */
export function planTraining(
  recipe: Recipe,
  corpus: Corpus,
  tokenizer: Tokenizer = fitTokenizer(recipe, corpus),
): TrainingPlan {
  const model = new Transformer(modelConfig({ ...recipe.model, vocabulary: tokenizer.size }));
  const rows = corpus.pairs.flatMap(({ question, answer, times, line }) => {
    const row = renderPair(tokenizer, question, answer);
    if (row.ids.length > recipe.model.contextWindow) {
      const message =
        `The conversation on line ${line} is ${row.ids.length} tokens, but model.contextWindow is ${recipe.model.contextWindow}. ` +
        `Set it to ${row.ids.length} or more, or shorten ${JSON.stringify(question)}.`;
      throw new ParrotletError("data-too-long", message);
    }
    return new Array<RenderedConversation>(times).fill(row);
  });
  return { tokenizer, model, rows };
}

function fitTokenizer({ tokenizer }: Recipe, corpus: Corpus): Tokenizer {
  const texts = corpus.pairs.flatMap(({ question, answer }) => [question, answer]);
  return CharacterTokenizer.fit(texts, { unknown: tokenizer.unknown });
}
