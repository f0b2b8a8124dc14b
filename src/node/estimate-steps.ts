import type { Device } from "../engine/index.ts";
import { type Recipe, train } from "../train/index.ts";
import { loadData } from "./library.ts";

/** Milliseconds of training from which a speed is taken. */
const SAMPLE_MS = 500;

/** How many steps of a recipe fit into some minutes of training on this device, by trying. Nothing is kept. */
export async function estimateSteps(recipe: Recipe, minutes: number, device: Device): Promise<number> {
  const { corpus, hash } = await loadData(recipe.data);
  const trial = {
    ...recipe,
    training: { ...recipe.training, checkpointSteps: recipe.training.steps, minutes: 0 },
  };
  const began = performance.now();
  let speed = 1;
  for await (const event of train({ recipe: trial, corpus, data: hash, device })) {
    if (event.type === "progress") speed = Math.max(speed, event.stepsPerSecond);
    if (event.type === "progress" && performance.now() - began > SAMPLE_MS) break;
  }
  return Math.max(1, Math.floor(speed * 60 * minutes));
}
