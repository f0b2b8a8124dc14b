import { ParrotletError } from "../base/index.ts";
import { checkRecipe } from "./parse-recipe.ts";
import type { Recipe } from "./recipe.ts";
import type { TrainingData } from "./training-data.ts";

/** How long a training is: one of them. */
export interface TrainingLength {
  readonly steps?: number | undefined;
  /** Passes over the data. */
  readonly epochs?: number | undefined;
  readonly tokens?: number | undefined;
}

/** The most checkpoints of a training whose length is not the recipe's own. */
const CHECKPOINTS = 8;

/** Rows that are seen in one pass over the data. */
export const rowsOfAnEpoch = (data: TrainingData): number =>
  data.kind === "store" ? data.training.rows : data.corpus.pairs.reduce((sum, { times }) => sum + times, 0);

/**
 * A recipe with its number of steps: what epochs or tokens come to with these data. One that says steps stays as it is.
 *
 * @param length In place of the recipe's own. The warm-up then keeps its share of the steps, and checkpoints do not become more
 * than eight.
 * @throws {ParrotletError} `recipe-invalid` where the warm-up is longer than that, or minutes alone say how long: how many steps
 * fit into them depends on the device (`estimateSteps`).
 */
export function resolveLength(recipe: Recipe, rows: number, length?: TrainingLength): Recipe {
  const { training, model, schedule } = recipe;
  const { batch, accumulate, epochs: _, tokens: __, ...rest } = training;
  const stepRows = batch * accumulate;
  const { steps: given, epochs, tokens } = length ?? training;
  const exact =
    given || (epochs ?? 0) * (rows / stepRows) || (tokens ?? 0) / (stepRows * model.contextWindow);
  const steps = Math.ceil(exact);
  if (steps === 0) throw unresolved(training.minutes);
  const changed = { ...rest, batch, accumulate, steps };
  if (!length || training.steps === 0 || steps === training.steps)
    return checkRecipe({ ...recipe, training: changed });
  return checkRecipe({
    ...recipe,
    training: {
      ...changed,
      checkpointSteps: Math.max(training.checkpointSteps, Math.ceil(steps / CHECKPOINTS)),
    },
    schedule: {
      ...schedule,
      warmup: Math.min(steps - 1, Math.floor((schedule.warmup * steps) / training.steps)),
    },
  });
}

const unresolved = (minutes: number): ParrotletError =>
  new ParrotletError(
    "recipe-invalid",
    `training.minutes is ${minutes} and nothing else says how long. Find out with estimateSteps() how many steps fit, and put them into training.steps.`,
  );
