import { ParrotletError } from "../../base/index.ts";
import { loadData } from "../../node/index.ts";
import type { ShowOptions } from "../dashboard/pace.ts";
import { openWorkspace } from "../options.ts";
import { showTraining } from "../show-training.ts";
import { count, EXIT, print } from "../terminal.ts";

/** `parrotlet resume RUN` */
export async function resume(name: string, options: ShowOptions): Promise<number> {
  const run = await openWorkspace(options).run(name);
  const [recipe, state, newest] = [await run.recipe(), await run.state(), await run.newest()];
  if (state?.status === "finished") {
    print(
      `${name} is finished: ${count(newest?.step ?? 0)} steps. To train on, start a new run with more --steps.`,
    );
    return EXIT.ok;
  }
  const { hash } = await loadData(recipe.data);
  if (newest && newest.data !== hash) {
    const message =
      `The data of ${name} (${recipe.data}) have changed since it was started, so going on would mix two trainings. ` +
      "Put the old file back, or start a new run.";
    throw new ParrotletError("data-changed", message);
  }
  return showTraining(run, options);
}
