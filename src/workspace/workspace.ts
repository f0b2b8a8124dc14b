import { closest, encodeText, ParrotletError, type Storage } from "../base/index.ts";
import { formatRecipe, type Recipe } from "../train/index.ts";
import type { ConversationRecord } from "./conversations.ts";
import { Run, type RunState } from "./run.ts";

/** A run at a glance. */
export interface RunSummary {
  readonly name: string;
  readonly state: RunState | undefined;
  readonly step: number;
  readonly steps: number;
  /** Perfect pairs at the best checkpoint, and the different pairs there are. */
  readonly perfect: number;
  readonly pairs: number;
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
    const message = `There is no run ${JSON.stringify(name)} in ${this.storage.describe("runs")}. ${meant ? `Did you mean ${meant}? ` : ""}${there}`;
    throw new ParrotletError("run-not-found", message);
  }

  /** Makes a run of the given name, or, where that is taken, of the name with a number. */
  async createRun(recipe: Recipe, name: string = recipe.name): Promise<Run> {
    const base = checkName(name);
    const taken = new Set(await this.runNames());
    let free = base;
    for (let number = 2; taken.has(free); number++) free = `${base}-${number}`;
    const run = new Run(this.storage, free);
    await this.storage.write(`${run.path}/recipe.yaml`, encodeText(formatRecipe(recipe)));
    return run;
  }

  /** All runs, the one that was trained last first. */
  async summaries(): Promise<RunSummary[]> {
    const summaries = await Promise.all((await this.runNames()).map((name) => this.#summary(name)));
    const when = (summary: RunSummary): string => summary.state?.updatedAt ?? "";
    return summaries.sort((a, b) => (when(a) < when(b) ? 1 : -1));
  }

  /** Keeps a conversation, one turn a line. Returns where it lies. */
  async saveConversation(name: string, records: readonly ConversationRecord[]): Promise<string> {
    const base = checkName(name.replaceAll("@", "-"));
    const taken = new Set((await this.storage.list("conversations")).map((entry) => entry.name));
    let file = `${base}.jsonl`;
    for (let number = 2; taken.has(file); number++) file = `${base}-${number}.jsonl`;
    const lines = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    await this.storage.write(`conversations/${file}`, encodeText(lines));
    return this.storage.describe(`conversations/${file}`);
  }

  async #summary(name: string): Promise<RunSummary> {
    const run = new Run(this.storage, name);
    const [state, record] = [await run.state(), await run.newest()];
    const steps = await run.recipe().then(
      (recipe) => recipe.training.steps,
      () => 0,
    );
    return {
      name,
      state,
      step: record?.step ?? 0,
      steps,
      perfect: record?.best.perfect ?? 0,
      pairs: record?.scores.pairs ?? 0,
    };
  }
}

/** @throws {ParrotletError} `bad-name`: a name is a folder's on every system. */
function checkName(name: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name) && !name.endsWith(".")) return name;
  const message = `${JSON.stringify(name)} cannot be a name. Use up to 64 letters, digits, dots, dashes and underscores.`;
  throw new ParrotletError("bad-name", message);
}
