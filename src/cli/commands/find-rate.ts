import { join } from "node:path";
import chalk from "chalk";
import { encodeText } from "../../base/index.ts";
import { requireBf16 } from "../../engine/index.ts";
import {
  FileStorage,
  type FindStart,
  findStart,
  loadData,
  loadStart,
  openDevice,
  rateChart,
} from "../../node/index.ts";
import { checkStart, type FindRateEvent, findRate as search } from "../../train/index.ts";
import { chooseRecipe } from "../choose-recipe.ts";
import { openWorkspace, workspaceRoot } from "../options.ts";
import { showPreparation } from "../show-preparation.ts";
import { drawRates, rateText } from "../show-rates.ts";
import {
  count,
  duration,
  EXIT,
  figure,
  isInteractive,
  parrotletCommand,
  print,
  printJson,
} from "../terminal.ts";
import { type TrainCommandOptions, withOptions } from "../training-options.ts";

export interface FindRateCommandOptions extends TrainCommandOptions {
  readonly from?: number;
  readonly to?: number;
}

type EndEvent = Extract<FindRateEvent, { type: "end" }>;

/** The picture's name in the workspace. */
const FILE = "rate.svg";

/** `parrotlet find-rate [WHAT]` */
export async function findRate(what: string, options: FindRateCommandOptions): Promise<number> {
  const preparation = showPreparation(options);
  const { progress, notice, signal } = preparation;
  const root = workspaceRoot(options);
  const workspace = openWorkspace(options);
  const prepared = await preparation.watch(async () => {
    // Here --from is a rate: only a recipe says what a training begins with.
    const find: FindStart = async (from) => from && findStart(workspace, from);
    const chosen = await chooseRecipe(what, options, preparation, find);
    const recipe = withOptions(chosen.recipe, options);
    const start = await find(recipe.from);
    if (start) checkStart(recipe, start, () => "with these options");
    const tokenizer = start?.tokenizer;
    const data = await loadData(recipe, { root, tokenizer, onProgress: progress, onNotice: notice, signal });
    return { recipe, data };
  });
  if (typeof prepared === "number") return prepared;
  const { recipe, data } = prepared;
  const device = await openDevice(options.device, options);
  const begin = recipe.from && (await loadStart(workspace, recipe.from, device));
  const abort = new AbortController();
  const interrupt = (): void => abort.abort();
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    if (recipe.training.precision === "bf16") requireBf16(device);
    const { from, to, steps } = options;
    const events = search({ recipe, data, device, from: begin }, { from, to, steps, signal: abort.signal });
    const end = await follow(events, options.json === true);
    if (end) await finish(end, what, root, options);
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    device.release();
  }
  return abort.signal.aborted ? EXIT.interrupted : EXIT.ok;
}

/** Shows how the search goes on: a line that changes on a terminal, the beginning in a pipe. */
async function follow(events: AsyncIterable<FindRateEvent>, json: boolean): Promise<EndEvent | undefined> {
  const watched = isInteractive() && !json;
  let steps = 0;
  for await (const event of events) {
    if (event.type === "end") {
      if (watched) process.stdout.write("\r\x1b[K");
      return event;
    }
    if (json) printJson(event);
    else if (event.type === "start") {
      steps = event.steps;
      const { parameters, device, from, to } = event;
      print(
        `${count(parameters)} parameters on ${device}; the rate rises from ${rateText(from)} to ${rateText(to)} in ${count(steps)} steps; Ctrl-C stops`,
      );
    } else if (watched) {
      const { step, rate, smoothed, secondsLeft } = event;
      const line = `  step ${count(step)} of ${count(steps)}  rate ${rate.toExponential(1)}  loss ${figure(smoothed)}  at most ${duration(secondsLeft)} left`;
      process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns || 80) - 1)}`);
    }
  }
  return undefined;
}

/** Draws, writes and says what came of it. */
async function finish(
  { reason, points, suggestion }: EndEvent,
  what: string,
  root: string,
  options: FindRateCommandOptions,
): Promise<void> {
  if (reason === "aborted" && !suggestion && !options.json) {
    print("Stopped before the loss fell.");
    return;
  }
  const storage = new FileStorage(root);
  await storage.write(FILE, encodeText(rateChart(points, suggestion)));
  const file = join(root, FILE);
  if (options.json) {
    printJson({ type: "end", reason, suggestion, file });
    return;
  }
  print();
  for (const line of drawRates(points, suggestion, process.stdout.columns ?? 80)) print(line);
  print();
  const last = points.at(-1);
  if (reason === "exploded" && last) print(`The loss exploded at a rate of ${rateText(last.rate)}.`);
  if (suggestion) {
    const { rate, steepest, tenthOfLowest } = suggestion;
    print(
      `The loss fell fastest at a rate of ${rateText(steepest)}; a tenth of the rate where it was lowest is ${rateText(tenthOfLowest)}.`,
    );
    const command = `${parrotletCommand()} train ${what} --learning-rate ${rateText(rate)}`;
    print(chalk.bold(`Train at the higher: ${command}`));
  } else {
    print(
      "The loss fell at none of these rates. Search elsewhere (--from, --to), in more steps (--steps), or look at the data.",
    );
  }
  print(`Picture: ${file}`);
}
