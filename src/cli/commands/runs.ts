import { type CommonOptions, openWorkspace } from "../options.ts";
import { ago, count, duration, EXIT, print, printJson, table } from "../terminal.ts";

/** `parrotlet runs` */
export async function runs(options: CommonOptions): Promise<number> {
  const workspace = openWorkspace(options);
  const summaries = await workspace.summaries();
  if (options.json) {
    for (const summary of summaries) printJson(summary);
    return EXIT.ok;
  }
  if (summaries.length === 0) {
    print(`No runs yet in ${workspace.storage.describe("runs")}. Train one: parrotlet train tinytalks`);
    return EXIT.ok;
  }
  const now = new Date();
  const rows = summaries.map(({ name, state, step, steps, perfect, pairs }) => [
    name,
    state?.status === "training" ? "unfinished" : (state?.status ?? "unfinished"),
    `${count(step)}/${count(steps)}`,
    `${perfect}/${pairs}`,
    state ? count(state.parameters) : "",
    state ? duration(state.seconds) : "",
    state ? ago(state.updatedAt, now) : "",
  ]);
  print(table(["run", "status", "step", "perfect", "parameters", "trained", "last"], rows));
  return EXIT.ok;
}
