import { ParrotletError } from "../../base/index.ts";
import { type FoundModel, findModel, importedModel, modelOutside } from "../../node/index.ts";
import { dataEntries, type SourceFacts } from "../../train/index.ts";
import { summarize, type Workspace } from "../../workspace/index.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { printReport } from "../report.ts";
import { showModel } from "../show-model.ts";
import { bytes, count, counted, EXIT, print, printJson, statusOf } from "../terminal.ts";

/** `parrotlet show [RUN]` */
export async function show(given: string | undefined, options: CommonOptions): Promise<number> {
  const workspace = openWorkspace(options);
  const outside = await withoutRun(workspace, given);
  if (outside) return showModel(outside, options);
  const run = await workspace.run(given ?? (await newest(workspace)));
  const { name } = run;
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
  for (const [index, { source, weight }] of dataEntries(recipe.data).entries()) {
    const share = typeof recipe.data === "string" ? "" : `, weight ${weight}`;
    print(
      `  ${(index === 0 ? "data" : "").padEnd(10)}  ${source}${share}${contents(report?.text?.sources[index])}`,
    );
  }
  if (recipe.from) print(`  from        ${recipe.from.model}`);
  print(
    `  model       ${model.preset}, width ${model.width}, ${counted(model.layers, "layer")}, ${counted(model.heads, "head")}, context ${model.contextWindow}`,
  );
  print(
    `  training    ${counted(training.steps, "step")} of ${counted(training.batch, "row")}, loss on ${training.lossOn}, seed ${recipe.seed}`,
  );
  print(
    `  optimizer   ${optimizer.kind}, rate ${optimizer.rate}, ${schedule.kind} after ${counted(schedule.warmup, "step")} of warm-up`,
  );
  if (report?.memory) {
    const parts = Object.entries(report.memory).map(([name, size]) => `${name} ${bytes(size)}`);
    print(`  memory      ${parts.join(", ")}`);
  }
  print();
  if (report) printReport(report);
  else print(`No checkpoint yet. Start it: parrotlet resume ${name}`);
  return EXIT.ok;
}

/** The model that is meant, where it is no run: a starter, a folder, or one checkpoint of a run. */
async function withoutRun(workspace: Workspace, given: string | undefined): Promise<FoundModel | undefined> {
  const names = await workspace.runNames();
  if (given === undefined) {
    const found = names.length === 0 ? await findModel(workspace).catch(() => undefined) : undefined;
    return found?.starter ? found : undefined;
  }
  if (names.includes(given)) return undefined;
  return names.includes(given.replace(/@.*/, ""))
    ? findModel(workspace, given)
    : ((await importedModel(workspace, given)) ?? modelOutside(given));
}

/** What a source came to, and what filters left of it. */
function contents(facts: SourceFacts | undefined): string {
  if (!facts) return "";
  const { about, texts, conversations, tokens, filters = [] } = facts;
  const parts = [
    about,
    ...(texts > 0 ? [counted(texts, "text")] : []),
    ...(conversations > 0 ? [counted(conversations, "conversation")] : []),
    counted(tokens, "token"),
    ...filters.flatMap(({ name, dropped, cut }) => [
      ...(dropped > 0 ? [`${name} left out ${count(dropped)}`] : []),
      ...(cut > 0 ? [`${name} shortened ${count(cut)}`] : []),
    ]),
  ];
  return `\n              ${parts.join(", ")}`;
}

async function newest(workspace: Workspace): Promise<string> {
  const [first] = await workspace.summaries();
  if (first) return first.name;
  const message = `There is no run in ${workspace.storage.describe("runs")} yet. Train one: parrotlet train tinytalks`;
  throw new ParrotletError("run-not-found", message);
}
