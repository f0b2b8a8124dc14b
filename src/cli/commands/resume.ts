import { ParrotletError } from "../../base/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import type { ShowOptions } from "../dashboard/pace.ts";
import { openWorkspace } from "../options.ts";
import { showTraining } from "../show-training.ts";
import { count, EXIT, print, printJson } from "../terminal.ts";

/** `parrotlet resume [RUN]` */
export async function resume(name: string | undefined, options: ShowOptions): Promise<number> {
  const workspace = openWorkspace(options);
  const run = await workspace.run(name ?? (await newestUnfinished(workspace)));
  const state = await run.state();
  if (state?.status === "finished") {
    const step = (await run.newest())?.step ?? 0;
    const note = `${run.name} is finished: ${count(step)} steps. To train on, start a new run with more --steps.`;
    if (options.json) printJson({ type: "note", message: note });
    else print(note);
    return EXIT.ok;
  }
  // On the device that it began on, it ends in the same bytes as if it had never been stopped.
  return showTraining(run, { ...options, device: options.device ?? state?.device ?? "auto" });
}

async function newestUnfinished(workspace: Workspace): Promise<string> {
  const summaries = await workspace.summaries();
  const found = summaries.find(({ state, damage }) => !damage && state?.status !== "finished");
  if (found) return found.name;
  const where = workspace.storage.describe("runs");
  throw new ParrotletError("run-not-found", `No run in ${where} waits to go on.`);
}
