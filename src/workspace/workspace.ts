import { closest, isName, NAME_RULE, nameKey, ParrotletError, type Storage, shown } from "../base/index.ts";
import type { Recipe } from "../train/index.ts";
import { bestOf, Run, type RunState } from "./run.ts";

/** A run at a glance. */
export interface RunSummary {
  readonly name: string;
  readonly state: RunState | undefined;
  /** What is wrong with its files, if anything. */
  readonly damage: string | undefined;
  readonly step: number;
  readonly steps: number;
  /** Perfect pairs at the best checkpoint, and the different pairs there are. */
  readonly perfect: number;
  readonly pairs: number;
  /** At the best checkpoint, in nats per token. */
  readonly loss?: number | undefined;
  /** At the best checkpoint, of text and conversations that were not trained on. */
  readonly bitsPerByte?: number | undefined;
}

/** The folder in which a person's runs and conversations live. */
export class Workspace {
  readonly storage: Storage;

  constructor(storage: Storage) {
    this.storage = storage;
  }

  async runNames(): Promise<string[]> {
    const entries = await this.storage.list("runs");
    return entries.filter(({ kind }) => kind === "folder").map(({ name }) => name);
  }

  /** @throws {ParrotletError} `run-not-found`, with what there is. */
  async run(name: string): Promise<Run> {
    const names = await this.runNames();
    if (names.includes(name)) return new Run(this.storage, name);
    const meant = closest(name, names);
    const there =
      names.length > 0
        ? `There are ${names.join(", ")}.`
        : "There is none yet: train one with parrotlet train.";
    const message = `There is no run ${shown(name)} in ${this.storage.describe("runs")}. ${meant ? `Did you mean ${meant}? ` : ""}${there}`;
    throw new ParrotletError("run-not-found", message);
  }

  /** Makes a run of the given name, or, where that is taken, of the name with a number. */
  async createRun(recipe: Recipe, name: string = recipe.name): Promise<Run> {
    const base = checkName(name);
    const taken = new Set((await this.runNames()).map(nameKey));
    for (let number = 1; ; number++) {
      const free = number === 1 ? base : `${base}-${number}`;
      if (taken.has(nameKey(free)) || !(await this.storage.makeFolder(`runs/${free}`))) continue;
      const run = new Run(this.storage, free);
      await run.saveRecipe(recipe);
      return run;
    }
  }

  /** All runs, the one that was trained last first. */
  async summaries(): Promise<RunSummary[]> {
    const summaries = await Promise.all((await this.runNames()).map((name) => this.#summary(name)));
    const when = (summary: RunSummary): string => summary.state?.updatedAt ?? "";
    return summaries.sort((a, b) => (when(a) < when(b) ? 1 : -1));
  }

  async #summary(name: string): Promise<RunSummary> {
    const run = new Run(this.storage, name);
    const state = await run.state();
    try {
      const [record, { training }] = [await run.newest(), await run.recipe()];
      const bestStep = record && bestOf(record);
      const isNewest = bestStep === record?.step;
      const best = isNewest || bestStep === undefined ? record : await run.record(bestStep);
      const { perfect = 0, loss } = (isNewest ? record?.scores : record?.best) ?? {};
      return {
        name,
        state,
        damage: undefined,
        step: record?.step ?? 0,
        steps: training.steps,
        perfect,
        pairs: record?.scores.pairs ?? 0,
        loss,
        bitsPerByte: best?.scores.bitsPerByte,
      };
    } catch (error) {
      if (!(error instanceof ParrotletError)) throw error;
      return { name, state, damage: error.message, step: 0, steps: 0, perfect: 0, pairs: 0 };
    }
  }
}

/** @throws {ParrotletError} `bad-name`: a name is a folder's on every system. */
function checkName(name: string): string {
  if (isName(name)) return name;
  throw new ParrotletError("bad-name", `${shown(name)} cannot be a name. Use ${NAME_RULE}.`);
}
