import type { ScheduleRecipe } from "./recipe.ts";

/**
 * The learning rate of a step, counted from 1: a linear rise over the warm-up, then as `kind` says down to `floor * rate`
 * at the last step.
 *
 * @see Loshchilov and Hutter 2017 (cosine). https://arxiv.org/abs/1608.03983
 */
export function rateAt(
  step: number,
  steps: number,
  rate: number,
  { kind, warmup, floor }: ScheduleRecipe,
): number {
  if (step <= warmup) return (rate * step) / warmup;
  if (kind === "constant") return rate;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  const left = kind === "linear" ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress));
  return rate * (floor + (1 - floor) * left);
}
