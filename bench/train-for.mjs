/** A training that is measured by what it learns in a given time. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadData } from "../dist/node/index.js";
import { estimateSteps, train } from "../dist/train/index.js";

/** Token stores are built once for all trainings of a process. */
const root = mkdtempSync(join(tmpdir(), "parrotlet-bench-"));

/** Trains by a recipe as many steps as fit into the minutes, with so many checkpoints after the first; gives these. */
export async function trainFor(recipe, { minutes, device, checkpoints = 1 }) {
  const data = await loadData(recipe, { root });
  const steps = await estimateSteps(recipe, minutes, device, data);
  const training = { ...recipe.training, steps, checkpointSteps: Math.ceil(steps / checkpoints) };
  const found = [];
  let parameters = 0;
  for await (const event of train({ recipe: { ...recipe, training }, data, device })) {
    if (event.type === "start") parameters = event.parameters;
    if (event.type === "checkpoint") found.push(event);
  }
  return { checkpoints: found, parameters, steps };
}

export const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
