import { InternalError } from "../../base/index.ts";
import type { Device } from "../../engine/index.ts";
import { findRecipe, loadPairs, openDevice } from "../../node/index.ts";
import { estimateSteps, type Recipe, train } from "../../train/index.ts";
import { score } from "../../workspace/index.ts";
import type { CommonOptions } from "../options.ts";
import { count, EXIT, isInteractive, print, printJson, table } from "../terminal.ts";

export interface SizesOptions extends CommonOptions {
  /** Of training, for each. @default 2 */
  readonly seconds?: number;
  /** @default 1 */
  readonly seed?: number;
}

interface SizeResult {
  readonly size: string;
  readonly parameters: number;
  readonly steps: number;
  readonly stepsPerSecond: number;
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** In percent. */
  readonly lossFall: number;
  readonly exam: string;
  readonly all: string;
  readonly unseen: string;
}

const TINYTALKS = "tinytalks";

/** The four sizes of the ancestor, by their width and MLP. */
const SIZES = [
  { size: "4.5 K", width: 12, mlpWidth: 64 },
  { size: "6 K", width: 16, mlpWidth: 64 },
  { size: "12 K", width: 24, mlpWidth: 96 },
  { size: "18 K", width: 32, mlpWidth: 128 },
] as const;

/** `parrotlet sizes` */
export async function sizes({ seconds = 2, seed = 1, ...options }: SizesOptions): Promise<number> {
  const base = await findRecipe(TINYTALKS);
  const device = await openDevice(options.device, options);
  const results: SizeResult[] = [];
  if (!options.json) print(`Four sizes of TinyTalks, ${seconds} s of training each, seed ${seed}.`);
  for (const { size, width, mlpWidth } of SIZES) {
    if (isInteractive() && !options.json) process.stdout.write(`  training ${size} ...\r`);
    const recipe = { ...base, seed, model: { ...base.model, width, mlpWidth } };
    const result = await trainFor(recipe, size, seconds, device);
    results.push(result);
    if (options.json) printJson(result);
  }
  device.release();
  if (!options.json) {
    const rows = results.map((each) => [
      each.size,
      count(each.parameters),
      count(each.steps),
      count(Math.round(each.stepsPerSecond)),
      `${each.firstLoss.toFixed(2)} -> ${each.lastLoss.toFixed(3)}`,
      `${each.lossFall.toFixed(1)}%`,
      each.exam,
      each.all,
      each.unseen,
    ]);
    print(
      table(["size", "parameters", "steps", "steps/s", "loss", "fall", "exam", "all pairs", "unseen"], rows),
    );
  }
  return EXIT.ok;
}

async function trainFor(recipe: Recipe, size: string, seconds: number, device: Device): Promise<SizeResult> {
  const data = await loadPairs(TINYTALKS);
  const minutes = seconds / 60;
  const steps = Math.max(recipe.schedule.warmup + 1, await estimateSteps(recipe, minutes, device, data));
  const training = { ...recipe.training, steps, minutes, checkpointSteps: steps };
  let [parameters, first] = [0, Number.NaN];
  for await (const event of train({
    recipe: { ...recipe, training },
    data,
    device,
  })) {
    if (event.type === "start") parameters = event.parameters;
    if (event.type !== "checkpoint") continue;
    const { loss, examination } = event;
    const { exam = [], all = [], unseen = [] } = examination ?? {};
    if (event.step === 0) {
      first = loss;
      continue;
    }
    return {
      size,
      parameters,
      steps: event.step,
      stepsPerSecond: event.step / event.seconds,
      firstLoss: first,
      lastLoss: loss,
      lossFall: 100 * (1 - loss / first),
      exam: score(exam),
      all: score(all),
      unseen: score(unseen),
    };
  }
  throw new InternalError("a training ended without a checkpoint");
}
