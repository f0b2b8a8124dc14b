import type { Device } from "../engine/index.ts";
import type { Recipe } from "./recipe.ts";
import { train } from "./train.ts";
import type { TrainingData } from "./training-data.ts";

/** Seconds of training from which a speed is taken, after as many to warm up. */
const SAMPLE_SECONDS = 0.6;

/** How many steps of a recipe fit into some minutes of training on this device, by trying. Nothing is kept. */
export async function estimateSteps(
  recipe: Recipe,
  minutes: number,
  device: Device,
  data: TrainingData,
): Promise<number> {
  const steps = 1_000_000_000;
  const training = { ...recipe.training, steps, checkpointSteps: steps, minutes: 0 };
  let warm: { readonly step: number; readonly seconds: number } | undefined;
  for await (const event of train({
    recipe: { ...recipe, training },
    data,
    device,
  })) {
    if (event.type !== "progress") continue;
    const { step, seconds } = event;
    if (!warm && seconds > SAMPLE_SECONDS) warm = { step, seconds };
    else if (warm && seconds > warm.seconds + SAMPLE_SECONDS) {
      return Math.max(1, Math.floor(((step - warm.step) / (seconds - warm.seconds)) * 60 * minutes));
    }
  }
  return steps;
}
