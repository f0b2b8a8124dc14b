import { largest, ParrotletError, present, shown } from "../base/index.ts";
import type { Corpus } from "../data/index.ts";
import { modelConfig, Transformer } from "../model/index.ts";
import {
  CharacterTokenizer,
  type RenderedConversation,
  renderPair,
  renderPrompt,
  specialSetOf,
  type Tokenizer,
} from "../text/index.ts";
import { corpusTask } from "./corpus-task.ts";
import { pairTask } from "./pair-task.ts";
import type { Recipe } from "./recipe.ts";
import { unknownToStart } from "./recipe-start.ts";
import type { Task } from "./task.ts";
import type { TrainingData } from "./training-data.ts";

/** What a recipe and its data come to, before any number is computed. */
export interface TrainingPlan {
  readonly model: Transformer;
  readonly task: Task;
}

/**
 * Holds a recipe against its data.
 *
 * @param tokenizer That of the checkpoint to go on from, or to begin with. @default one that knows the data's characters
 * @throws {ParrotletError} `data-too-long` when a row or an unseen question does not fit the context window;
 * `unknown-character` in an unseen question, or anywhere with a tokenizer that is given; `no-chat-template`; `model-config`.
 */
export function planTraining(recipe: Recipe, data: TrainingData, tokenizer?: Tokenizer): TrainingPlan {
  const { seed, training, evaluation } = recipe;
  const { batch, lossOn } = training;
  if (data.kind === "store") {
    const { mostTokens } = evaluation;
    const prompts = evaluation.prompts.length > 0 ? evaluation.prompts : (data.prompts ?? []);
    return {
      model: modelFor(recipe, data.tokenizer),
      task: corpusTask({ ...data, batch, seed, mostTokens: mostTokens || undefined, prompts }),
    };
  }
  const { corpus } = data;
  const fitted = tokenizer ?? data.tokenizer ?? fitTokenizer(recipe, corpus);
  const rows = renderPairs(recipe, corpus, fitted);
  return {
    model: modelFor(recipe, fitted),
    task: pairTask({ corpus, rows, tokenizer: fitted, batch, seed, lossOn }),
  };
}

const modelFor = ({ model }: Recipe, { size }: Tokenizer): Transformer =>
  new Transformer(modelConfig({ ...model, vocabulary: size }));

/** @throws {ParrotletError} `no-chat-template` of a tokenizer that has no token between a question and its answer. */
function renderPairs(recipe: Recipe, corpus: Corpus, tokenizer: Tokenizer): RenderedConversation[] {
  if (specialSetOf(tokenizer.special) === "text") {
    const message = `The training begins with ${recipe.from?.model ?? "a model"}, which goes on with texts: its tokenizer has no token between a question and its answer.`;
    throw new ParrotletError("no-chat-template", message);
  }
  try {
    return renderRows(recipe, corpus, tokenizer);
  } catch (error) {
    throw unknownToStart(error, recipe);
  }
}

/** Each pair as often as the corpus says. */
function renderRows(recipe: Recipe, corpus: Corpus, tokenizer: Tokenizer): RenderedConversation[] {
  const { contextWindow } = recipe.model;
  const rendered = corpus.pairs.map((pair) => ({
    pair,
    row: renderPair(tokenizer, pair.question, pair.answer),
  }));
  const longest = largest(rendered.map(({ row }) => row.ids.length));
  if (longest > contextWindow) {
    const { pair } = present(
      rendered.find(({ row }) => row.ids.length === longest),
      "the longest conversation",
    );
    const message =
      `The conversation on line ${pair.line} is ${longest} tokens, but model.contextWindow is ${contextWindow}. ` +
      `Set it to ${longest} or more, or shorten ${shown(pair.question)}.`;
    throw new ParrotletError("data-too-long", message);
  }
  const rows = rendered.flatMap(({ pair, row }) => new Array<RenderedConversation>(pair.times).fill(row));
  for (const { question } of corpus.unseen) checkUnseen(question, tokenizer, contextWindow);
  return rows;
}

/** An unseen question must be made of what the model knows, or it could not even be asked. */
function checkUnseen(question: string, tokenizer: Tokenizer, contextWindow: number): void {
  try {
    const { length } = renderPrompt(tokenizer, question);
    if (length < contextWindow) return;
    const problem = `is ${length} tokens, but model.contextWindow is ${contextWindow}`;
    throw new ParrotletError("data-too-long", `The unseen question ${shown(question)} ${problem}.`);
  } catch (error) {
    if (!(error instanceof ParrotletError) || error.code !== "unknown-character") throw error;
    const message = `The unseen question ${shown(question)} has characters that no conversation has. ${error.message}`;
    throw new ParrotletError("unknown-character", message);
  }
}

function fitTokenizer({ tokenizer }: Recipe, corpus: Corpus): Tokenizer {
  const texts = corpus.pairs.flatMap(({ question, answer }) => [question, answer]);
  return CharacterTokenizer.fit(texts, { unknown: tokenizer.unknown });
}
