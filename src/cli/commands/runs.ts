import type { RunSummary } from "../../workspace/index.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { ago, count, duration, EXIT, figure, print, printJson, statusOf, table } from "../terminal.ts";

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
  const results = RESULTS.filter((each) => summaries.some((run) => each.has(run)));
  const now = new Date();
  const rows = summaries.map((summary) => {
    const { name, state, damage, step, steps } = summary;
    return [
      name,
      damage ? "damaged" : statusOf(state),
      `${count(step)}/${count(steps)}`,
      ...results.flatMap((each) => each.cells(summary)),
      ...(state ? [count(state.parameters), duration(state.seconds), ago(state.updatedAt, now)] : []),
    ];
  });
  const headings = results.flatMap((each) => each.headings);
  print(table(["run", "status", "step", ...headings, "parameters", "trained", "last"], rows));
  const damaged = summaries.filter(({ damage }) => damage);
  for (const { name, damage } of damaged) print(`\n${name}: ${damage}`);
  return EXIT.ok;
}

/** What a run comes to: of pairs, the perfect ones; of text, how well it is predicted. Columns that no run has are left out. */
const RESULTS = [
  {
    headings: ["perfect"],
    has: ({ pairs }: RunSummary) => pairs > 0,
    cells: ({ pairs, perfect }: RunSummary) => [pairs > 0 ? `${perfect}/${pairs}` : ""],
  },
  {
    headings: ["bits/byte", "loss"],
    has: ({ bitsPerByte }: RunSummary) => bitsPerByte !== undefined,
    cells: ({ bitsPerByte, loss }: RunSummary) =>
      bitsPerByte === undefined || loss === undefined ? ["", ""] : [bitsPerByte.toFixed(3), figure(loss)],
  },
] as const;
