import { summarize } from "../../node/index.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { printReport } from "../report.ts";
import { count, EXIT, print, printJson, statusOf } from "../terminal.ts";

/** `parrotlet show RUN` */
export async function show(name: string, options: CommonOptions): Promise<number> {
  const run = await openWorkspace(options).run(name);
  const [recipe, state, report] = [
    await run.recipe(),
    await run.state(),
    summarize(run.name, await run.events()),
  ];
  const folder = run.storage.describe(run.path);
  if (options.json) {
    printJson({ name, folder, state, recipe, report });
    return EXIT.ok;
  }
  const { model, training, optimizer, schedule } = recipe;
  print(`${name}: ${statusOf(state)}${state?.status === "failed" ? `: ${state.reason}` : ""}`);
  print(`  folder      ${folder}`);
  print(`  data        ${recipe.data}`);
  print(
    `  model       ${model.preset}, width ${model.width}, ${model.layers} layer${model.layers === 1 ? "" : "s"}, ${model.heads} heads, context ${model.contextWindow}`,
  );
  print(
    `  training    ${count(training.steps)} steps of ${training.batch} rows, loss on ${training.lossOn}, seed ${recipe.seed}`,
  );
  print(
    `  optimizer   ${optimizer.kind}, rate ${optimizer.rate}, ${schedule.kind} after ${schedule.warmup} steps of warm-up`,
  );
  print();
  if (report) printReport(report);
  else print(`No checkpoint yet. Start it: parrotlet resume ${name}`);
  return EXIT.ok;
}
