import { type CommonOptions, openWorkspace } from "../options.ts";
import { ago, count, duration, EXIT, print, printJson, statusOf, table } from "../terminal.ts";

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
  const rows = summaries.map(({ name, state, damage, step, steps, perfect, pairs }) => [
    name,
    damage ? "damaged" : statusOf(state),
    `${count(step)}/${count(steps)}`,
    `${perfect}/${pairs}`,
    state ? count(state.parameters) : "",
    state ? duration(state.seconds) : "",
    state ? ago(state.updatedAt, now) : "",
  ]);
  const damaged = summaries.filter(({ damage }) => damage);
  print(table(["run", "status", "step", "perfect", "parameters", "trained", "last"], rows));
  for (const { name, damage } of damaged) print(`\n${name}: ${damage}`);
  return EXIT.ok;
}
