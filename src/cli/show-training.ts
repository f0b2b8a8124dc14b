import chalk from "chalk";
import { ParrotletError } from "../base/index.ts";
import { isPackReference, trainInWorker, writeReport } from "../node/index.ts";
import { dataEntries } from "../train/index.ts";
import type { Run } from "../workspace/index.ts";
import { chat } from "./commands/chat.ts";
import { type Pace, paceOf, type ShowOptions, stepsAFrame } from "./dashboard/pace.ts";
import { Show } from "./dashboard/show.ts";
import { trainingLog } from "./log/log-training.ts";
import { type CommonOptions, workspaceRoot } from "./options.ts";
import { printReport } from "./report.ts";
import { count, EXIT, isInteractive, parrotletCommand, print, printError, printJson } from "./terminal.ts";
import { TrainingLines } from "./training-lines.ts";

interface ShowTrainingOptions extends ShowOptions {
  /** Talk to the model afterwards. */
  readonly chat?: boolean;
}

/** Trains a run, new or stopped, before the person's eyes: a dashboard, lines in a pipe, or JSON. Returns the exit code. */
export async function showTraining(run: Run, options: ShowTrainingOptions): Promise<number> {
  const watched = isInteractive() && !options.json && !options.quiet && !options.verbose;
  const pace = paceOf(options, watched);
  const { training } = await run.recipe();
  const abort = new AbortController();
  const events = trainInWorker({
    root: workspaceRoot(options),
    run: run.name,
    device: options.device,
    threads: options.threads,
    progressSteps: stepsAFrame(training.steps, pace),
    signal: abort.signal,
  });
  const from = await run.resumableStep();
  const past =
    from === undefined ? [] : (await run.events()).filter(({ type, step }) => type !== "end" && step <= from);
  const folder = run.storage.describe(run.path);
  if (options.json) printJson({ type: "run", name: run.name, folder });
  else if (!options.quiet) print(`Everything is kept in ${folder}`);
  const { steps, checkpointSteps } = training;
  const show = new Show({ run: run.name, events, pace, steps, checkpointSteps, abort, past });
  const release = stopOnSignals(show);
  show.onEvent(trainingLog(run.name));
  try {
    if (watched) await watch(show, run, options);
    else await follow(show, options, pace);
  } finally {
    release();
    await show.close();
  }
  return finish(show, run, options, watched);
}

/** The dashboard, with a chat whenever one is wanted. */
async function watch(show: Show, run: Run, options: CommonOptions): Promise<void> {
  const { playOnTerminal } = await import("./dashboard/play.tsx");
  await playOnTerminal(show, async (step) => {
    try {
      await talkTo(`${run.name}@${step}`, options);
    } catch (error) {
      if (!(error instanceof ParrotletError)) throw error;
      printError(error, false); // no chat is no reason to end the training
    }
  });
}

/** A chat in the same place; what was said of the training does not concern it. */
const talkTo = (model: string, { workspace, device, threads }: CommonOptions): Promise<number> =>
  chat(model, {
    ...(workspace ? { workspace } : {}),
    ...(device ? { device } : {}),
    ...(threads ? { threads } : {}),
  });

/** Lines for a pipe: what happens, once each. */
async function follow(show: Show, { json, quiet }: CommonOptions, pace: Pace): Promise<void> {
  const lines = new TrainingLines(show.snapshot().run, pace);
  const stop = show.onEvent((event) => {
    if (quiet && event.type !== "end") return;
    if (json) printJson(event);
    else lines.print(event);
  });
  await show.play();
  stop();
}

async function finish(show: Show, run: Run, options: ShowTrainingOptions, watched: boolean): Promise<number> {
  const { end } = show.snapshot();
  const written = await writeReport(run);
  const stopped = end?.reason === "aborted";
  if (!options.json) {
    if (!options.quiet) print();
    if (written && !options.quiet) printReport(written.report);
    if (!options.quiet) print();
    if (written) print(`Report: ${written.file}`);
    print(chalk.bold(await nextLines(run, stopped ? end.step : undefined, options)));
  }
  if (show.exitCode !== undefined) return show.exitCode;
  if (options.chat && watched && !stopped) return talkTo(run.name, options);
  return EXIT.ok;
}

/** What to do next. A model that learned what is made of a character can be examined. */
async function nextLines(run: Run, stoppedAt: number | undefined, options: CommonOptions): Promise<string> {
  const call = (command: string): string => commandLine(command, run.name, options);
  if (stoppedAt !== undefined) return `Stopped at step ${count(stoppedAt)}. Go on: ${call("resume")}`;
  const { data } = await run.recipe();
  const packs = dataEntries(data).some(({ source }) => isPackReference(source));
  return `Talk to it: ${call("chat")}${packs ? `\nSay what it knows: ${call("exam")}` : ""}`;
}

/** A line to type next, for the same workspace. */
const commandLine = (command: string, run: string, { workspace }: CommonOptions): string =>
  `${parrotletCommand()} ${command} ${run}${workspace ? ` --workspace ${quoted(workspace)}` : ""}`;

const quoted = (path: string): string => (/^[\w./~-]+$/.test(path) ? path : JSON.stringify(path));

/** Ctrl-C and its like stop and save; a second one gives up. */
function stopOnSignals(show: Show): () => void {
  const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;
  const handlers = Object.entries(codes).map(
    ([signal, code]) => [signal, () => show.interrupt(code)] as const,
  );
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  };
}
