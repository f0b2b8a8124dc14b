import type { ScheduleRecipe } from "./recipe.ts";

/**
 * The learning rate of a step, counted from 1: a linear rise over the warm-up, then as `kind` says down to `floor * rate`
 * at the last step. `wsd` stays at the top until the `cooldown`, the last share of all steps, and falls in it linearly.
 *
 * @see Loshchilov and Hutter 2017 (cosine). https://arxiv.org/abs/1608.03983
 * @see Hu et al. 2024 (warm-up, stable, decay). https://arxiv.org/abs/2404.06395
 */
export function rateAt(
  step: number,
  steps: number,
  rate: number,
  { kind, warmup, floor, cooldown }: ScheduleRecipe,
): number {
  if (step <= warmup) return (rate * step) / warmup;
  if (kind === "constant") return rate;
  const falling = kind === "wsd" ? Math.min(steps - warmup, cooldown * steps) : steps - warmup;
  const progress = Math.max(0, Math.min(1, (step - (steps - falling)) / Math.max(1, falling)));
  const left = kind !== "cosine" ? 1 - progress : 0.5 * (1 + Math.cos(Math.PI * progress));
  return rate * (floor + (1 - floor) * left);
}
