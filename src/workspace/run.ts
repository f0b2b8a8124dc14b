import { decodeText, encodeText, ParrotletError, type Storage } from "../base/index.ts";
import { dropOptimizer, isResumable, loadTrainingRecord, type TrainingRecord } from "../checkpoint/index.ts";
import type { CorpusReport } from "../data/index.ts";
import { checkRecipe, formatRecipe, parseRecipe, type Recipe, type TrainEvent } from "../train/index.ts";

/** Events as they are kept and sent on: plain data. */
export type RunEvent =
  | Exclude<TrainEvent, { type: "checkpoint" }>
  | Omit<Extract<TrainEvent, { type: "checkpoint" }>, "checkpoint">;

/** What `run.json` says. */
export interface RunState {
  readonly status: "training" | "stopped" | "finished" | "failed";
  /** Why it ended, once it has; the error's message where it failed. */
  readonly reason?: string | undefined;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Time spent training. */
  readonly seconds: number;
  readonly device: string;
  readonly parameters: number;
}

const FORMAT = 1;

/** One execution of a recipe: a folder with its recipe, events and checkpoints. */
export class Run {
  readonly name: string;
  readonly storage: Storage;
  readonly path: string;

  /** @param path The run's folder. @default where a workspace has it */
  constructor(storage: Storage, name: string, path: string = `runs/${name}`) {
    this.storage = storage;
    this.name = name;
    this.path = path;
  }

  checkpointPath(step: number): string {
    return `${this.path}/checkpoints/step-${String(step).padStart(6, "0")}`;
  }

  /** @throws {ParrotletError} `recipe-invalid` where somebody has edited it. */
  async recipe(): Promise<Recipe> {
    const file = `${this.path}/recipe.yaml`;
    const bytes = await this.storage.read(file);
    if (!bytes) throw new ParrotletError("run-damaged", `${this.storage.describe(file)} is missing.`);
    return parseRecipe(decodeText(bytes), this.storage.describe(file));
  }

  async saveRecipe(recipe: Recipe): Promise<void> {
    await this.storage.write(`${this.path}/recipe.yaml`, encodeText(formatRecipe(recipe)));
  }

  /** What `run.json` says; `undefined` where it is not there or says nothing sensible. */
  async state(): Promise<RunState | undefined> {
    const value = parsed(decodeText((await this.storage.read(`${this.path}/run.json`)) ?? new Uint8Array()));
    const { format, ...state } = (value ?? {}) as Partial<RunState> & { format?: unknown };
    const { status, createdAt, updatedAt, seconds, device, parameters } = state;
    const texts = [status, createdAt, updatedAt, device].every((field) => typeof field === "string");
    const numbers = [seconds, parameters].every((field) => typeof field === "number");
    return format === FORMAT && texts && numbers ? (state as RunState) : undefined;
  }

  async saveState(state: RunState): Promise<void> {
    const text = `${JSON.stringify({ format: FORMAT, ...state }, null, 2)}\n`;
    await this.storage.write(`${this.path}/run.json`, encodeText(text));
  }

  /** What reading the data did, from `data.json`; `undefined` where nothing was kept. */
  async dataReport(): Promise<CorpusReport | undefined> {
    const bytes = await this.storage.read(`${this.path}/data.json`);
    return bytes && (parsed(decodeText(bytes)) as CorpusReport | undefined);
  }

  async saveDataReport(report: CorpusReport): Promise<void> {
    const text = `${JSON.stringify(report, null, 2)}\n`;
    await this.storage.write(`${this.path}/data.json`, encodeText(text));
  }

  /** The steps of its whole checkpoints, lowest first. */
  async checkpoints(): Promise<number[]> {
    const entries = await this.storage.list(`${this.path}/checkpoints`);
    const steps = entries.flatMap(({ name }) => /^step-(\d+)$/.exec(name)?.[1] ?? []);
    return steps.map(Number).sort((a, b) => a - b);
  }

  async record(step: number): Promise<TrainingRecord | undefined> {
    return loadTrainingRecord(this.storage, this.checkpointPath(step));
  }

  /** The newest checkpoint's record, and with it the best so far. */
  async newest(): Promise<TrainingRecord | undefined> {
    const step = (await this.checkpoints()).at(-1);
    return step === undefined ? undefined : this.record(step);
  }

  /** The step of the best checkpoint that is still there; that of the newest where no record says. */
  async bestStep(): Promise<number | undefined> {
    const steps = await this.checkpoints();
    const newest = await this.newest();
    const best = newest && bestOf(newest);
    return best !== undefined && steps.includes(best) ? best : steps.at(-1);
  }

  /** The step to go on from, if any. */
  async resumableStep(): Promise<number | undefined> {
    for (const step of (await this.checkpoints()).reverse()) {
      if (await isResumable(this.storage, this.checkpointPath(step))) return step;
    }
    return undefined;
  }

  /** Removes what a crash may have left half-written, and optimizers of all but the newest checkpoint. */
  async removeLeftovers(): Promise<void> {
    for (const folder of [this.path, `${this.path}/checkpoints`]) {
      for (const { name } of await this.storage.list(folder)) {
        if (name.endsWith(".tmp")) await this.storage.remove(`${folder}/${name}`);
      }
    }
    const newest = await this.resumableStep();
    for (const step of await this.checkpoints()) {
      if (newest !== undefined && step < newest) await dropOptimizer(this.storage, this.checkpointPath(step));
    }
  }

  /** What happened so far. A line that was cut off by a crash is left out. */
  async events(): Promise<RunEvent[]> {
    const bytes = await this.storage.read(`${this.path}/events.jsonl`);
    return decodeText(bytes ?? new Uint8Array())
      .split("\n")
      .flatMap((line) => {
        const value = parsed(line);
        return value && "type" in value ? [value as unknown as RunEvent] : [];
      });
  }

  async appendEvent(event: RunEvent): Promise<void> {
    await this.storage.append(`${this.path}/events.jsonl`, encodeText(`${JSON.stringify(event)}\n`));
  }

  async replaceEvents(events: readonly RunEvent[]): Promise<void> {
    const lines = events.map((event) => `${JSON.stringify(event)}\n`).join("");
    await this.storage.write(`${this.path}/events.jsonl`, encodeText(lines));
  }
}

/**
 * The best checkpoint of a run, by its newest one's record. That of a training that was stopped counts here, though it is none of
 * the regular ones, among which resuming must find the same best as if there had been no stop.
 */
export function bestOf({ step, scores, best }: TrainingRecord): number {
  const { perfect, loss } = scores;
  const better = perfect > best.perfect || (perfect === best.perfect && loss < best.loss);
  return better ? step : best.step;
}

/** The object in a JSON text, if it is one. */
function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Both forms of a recipe are checked alike; this one comes out of a checkpoint. */
export const recipeOf = (record: TrainingRecord): Recipe => checkRecipe(record.recipe);
