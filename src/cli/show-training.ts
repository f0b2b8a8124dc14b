import chalk from "chalk";
import { score, trainInWorker, writeReport } from "../node/index.ts";
import type { Run, RunEvent } from "../workspace/index.ts";
import { chat } from "./commands/chat.ts";
import { type Pace, paceOf, type ShowOptions, stepsAFrame } from "./dashboard/pace.ts";
import { Show } from "./dashboard/show.ts";
import { workspaceRoot } from "./options.ts";
import { printReport } from "./report.ts";
import { count, duration, EXIT, isInteractive, print, printJson } from "./terminal.ts";

/** Trains a run, new or stopped, before the person's eyes: a dashboard, lines in a pipe, or JSON. Returns the exit code. */
export async function showTraining(
  run: Run,
  options: ShowOptions & { readonly chat?: boolean },
): Promise<number> {
  const watched = isInteractive() && !options.json;
  const pace = paceOf(options, watched);
  const { training } = await run.recipe();
  const abort = new AbortController();
  const events = trainInWorker({
    root: workspaceRoot(options),
    run: run.name,
    device: options.device,
    progressSteps: stepsAFrame(training.steps, pace),
    signal: abort.signal,
  });
  const from = await run.resumableStep();
  const past =
    from === undefined
      ? []
      : (await run.events()).filter((event) => event.type !== "end" && event.step <= from);
  const show = new Show({ run: run.name, events, pace, steps: training.steps, abort, past });
  const release = stopOnSignals(show);
  try {
    if (watched) await watch(show, run, options);
    else await follow(show, options.json === true, pace);
  } finally {
    release();
    await show.close();
  }
  return finish(show, run, options, watched);
}

/** The dashboard, with a chat whenever one is wanted. */
async function watch(show: Show, run: Run, options: ShowOptions): Promise<void> {
  const { playOnTerminal } = await import("./dashboard/play.tsx");
  await playOnTerminal(show, async (step) => {
    await chat(`${run.name}@${step}`, options);
  });
}

/** Lines for a pipe: what happens, once each. */
async function follow(show: Show, json: boolean, pace: Pace): Promise<void> {
  const seen = new Set<RunEvent>();
  const stop = show.subscribe(() => {
    const { start, progress, checkpoints, end } = show.snapshot();
    for (const event of [start, progress, checkpoints.at(-1), end]) {
      if (!event || seen.has(event)) continue;
      seen.add(event);
      if (json) printJson(event);
      else describe(event, show.snapshot().run, pace);
    }
  });
  await show.play();
  stop();
}

function describe(event: RunEvent, run: string, { seconds }: Pace): void {
  if (event.type === "start") {
    const { parameters, device, rows, pairs, vocabulary, step, steps } = event;
    print(
      `${run}: ${count(parameters)} parameters, ${count(rows)} rows of ${count(pairs)} pairs, ${vocabulary} tokens, on ${device}`,
    );
    const slowed = seconds === undefined ? "" : `, slowed to ${duration(seconds)}`;
    print(`steps ${count(step)} to ${count(steps)}${slowed}; Ctrl-C stops and saves`);
  } else if (event.type === "checkpoint") {
    const { exam, all, unseen, loss } = event.examination;
    const scores = `exam ${score(exam)}  all ${score(all)}  unseen ${score(unseen)}`;
    print(
      `step ${count(event.step).padStart(7)}  ${duration(event.seconds).padStart(8)}  loss ${loss.toFixed(3)}  ${scores}`,
    );
    const [first] = exam;
    if (first) print(`  ${first.question} -> ${first.answer}`);
  }
}

async function finish(
  show: Show,
  run: Run,
  options: ShowOptions & { readonly chat?: boolean },
  watched: boolean,
): Promise<number> {
  const { end } = show.snapshot();
  const written = await writeReport(run);
  const stopped = end?.reason === "aborted";
  if (!options.json) {
    print();
    if (written) printReport(written.report);
    print();
    if (written) print(`Report: ${written.file}`);
    const next = stopped
      ? `Stopped at step ${count(end.step)}. Go on: parrotlet resume ${run.name}`
      : `Talk to it: parrotlet chat ${run.name}`;
    print(chalk.bold(next));
  }
  if (stopped) return show.interrupted ? EXIT.interrupted : EXIT.ok;
  if (options.chat && watched) return chat(run.name, options);
  return EXIT.ok;
}

/** Ctrl-C and its like stop and save; a second one gives up. */
function stopOnSignals(show: Show): () => void {
  let asked = false;
  const stop = (): void => {
    if (asked) process.exit(EXIT.interrupted);
    asked = true;
    show.stop(true);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
