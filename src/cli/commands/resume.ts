import type { ShowOptions } from "../dashboard/pace.ts";
import { openWorkspace } from "../options.ts";
import { showTraining } from "../show-training.ts";
import { count, EXIT, print, printJson } from "../terminal.ts";

/** `parrotlet resume RUN` */
export async function resume(name: string, options: ShowOptions): Promise<number> {
  const run = await openWorkspace(options).run(name);
  const state = await run.state();
  if (state?.status === "finished") {
    const step = (await run.newest())?.step ?? 0;
    const note = `${name} is finished: ${count(step)} steps. To train on, start a new run with more --steps.`;
    if (options.json) printJson({ type: "note", message: note });
    else print(note);
    return EXIT.ok;
  }
  // On the device that it began on, it ends in the same bytes as if it had never been stopped.
  return showTraining(run, { ...options, device: options.device ?? state?.device ?? "auto" });
}
