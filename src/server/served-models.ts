import { ParrotletError, shown } from "../base/index.ts";
import type { BackendAbilities, HeldBackend, ModelHost, ModelListing } from "../chat/index.ts";
import { ApiError } from "./api-error.ts";
import type { ServerMetrics } from "./metrics/server-metrics.ts";

/** A model as clients see it. */
export interface ServedModel extends ModelListing {
  /** What a client calls it: its name; where two have that name, its address, or the name with a number. */
  readonly id: string;
}

/** So long a list is good, in milliseconds: to make one may mean to look into many folders. */
const FRESH = 2000;
/** After so long a list is made anew for a name that is not in it, in milliseconds. */
const AGAIN = 200;

/** So long a new list is waited for where there is an old one, in milliseconds: a server that is down takes a second to be known as such. */
const PATIENCE = 100;

/** So long an address is taken to mean the model that it meant, in milliseconds: the host looks into files to know. */
const SAME = 1000;

/** A model that stays open; when it is given up, those who use it still have it until they are done. */
class Kept {
  readonly backend: HeldBackend["backend"];
  /** When the host said that the address means it. */
  at: number;
  readonly #held: HeldBackend;
  /** Who uses it, and that it is kept. */
  #users = 1;

  constructor(held: HeldBackend, at: number) {
    this.backend = held.backend;
    this.#held = held;
    this.at = at;
  }

  use(): () => void {
    let uses = true;
    this.#users++;
    return () => {
      if (uses) this.release();
      uses = false;
    };
  }

  release(): void {
    this.#users--;
    if (this.#users === 0) this.#held.release();
  }
}

/** A list, and when it was begun. */
interface Listed {
  readonly at: number;
  readonly whole: Promise<readonly ServedModel[]>;
  /** The one before, where this one takes long, until it is there. */
  models: Promise<readonly ServedModel[]>;
}

/** What is there soon, or what there was before. */
function soon<T>(coming: Promise<T>, old: Promise<T> | undefined): Promise<T> {
  if (!old) return coming;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(old), PATIENCE);
    coming.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The models that clients may use, and no other: what a request names is looked up in the host's list, never opened as a path or URL. */
export class ServedModels {
  readonly #host: ModelHost;
  readonly #metrics: ServerMetrics;
  /** Who names no model means this one; undefined is the first. */
  readonly #usual: string | undefined;
  readonly #mostHeld: number;
  readonly #clock: () => number;
  /** Models that stay open between requests, the one that was used last at the end. */
  readonly #held = new Map<string, Kept>();
  #listed: Listed | undefined;

  constructor(
    host: ModelHost,
    mostHeld: number,
    metrics: ServerMetrics,
    clock: () => number,
    usual?: string | undefined,
  ) {
    this.#usual = usual;
    this.#host = host;
    this.#mostHeld = mostHeld;
    this.#metrics = metrics;
    this.#clock = clock;
  }

  list(): Promise<readonly ServedModel[]> {
    const now = this.#clock();
    if (this.#listed && Math.abs(now - this.#listed.at) < FRESH) return this.#listed.models;
    const whole = this.#host.list().then(withIds);
    const listed: Listed = { at: now, whole, models: soon(whole, this.#listed?.models) };
    this.#listed = listed;
    whole.then(
      () => {
        listed.models = whole;
      },
      () => {
        if (this.#listed === listed) this.#listed = undefined;
      },
    );
    return listed.models;
  }

  /**
   * The model that a client means: by its id, its name or its address; of a run, also a checkpoint (`run:pip@500`). Nothing is the
   * usual one.
   *
   * @throws {ApiError} 404 `model_not_found`.
   */
  async find(asked: string | null | undefined): Promise<ServedModel> {
    const id = asked ?? this.#usual;
    const now = this.#clock();
    let models = await this.list();
    let found = named(models, id);
    // It may be newer than the list: a run that has just been trained.
    if (!found && this.#listed) {
      models = await this.#listed.whole;
      found = named(models, id);
    }
    if (!found && Math.abs(now - (this.#listed?.at ?? 0)) > AGAIN) {
      this.#listed = undefined;
      models = await this.list();
      found = named(models, id);
    }
    if (found) return found;
    const known = models.slice(0, 8).map((model) => model.id);
    const rest = known.length > 0 ? ` There are ${known.join(", ")}${models.length > 8 ? ", ..." : ""}.` : "";
    const message = `The model ${shown(id ?? "")} does not exist here.${rest}`;
    throw new ApiError(404, message, { code: "model_not_found", param: "model" });
  }

  /**
   * Opens a model, to be given back when the request is done. Some stay open after that, so that the next request need not wait.
   *
   * @throws {ApiError} 404 where there is none, 503 where it cannot be opened.
   */
  async open(id: string | null | undefined): Promise<HeldBackend & { readonly model: ServedModel }> {
    const model = await this.find(id);
    const known = this.#held.get(model.address);
    if (known && Math.abs(this.#clock() - known.at) < SAME) {
      this.#newest(model.address, known);
      return { model, backend: known.backend, release: known.use() };
    }
    const opened = await this.#openListed(model);
    await this.#keep(model.address, opened);
    return { model, backend: opened.backend, release: () => opened.release() };
  }

  async #openListed(model: ServedModel): Promise<HeldBackend> {
    try {
      return await this.#host.open(model.address);
    } catch (error) {
      if (!(error instanceof ParrotletError) || error.code !== "model-not-found") throw error;
      this.#listed = undefined;
      const message = `The model ${shown(model.id)} does not exist here any more.`; // its address may be a path
      throw new ApiError(404, message, { code: "model_not_found", param: "model", cause: error });
    }
  }

  async #keep(address: string, { backend }: HeldBackend): Promise<void> {
    const before = this.#held.get(address);
    if (before?.backend === backend) {
      before.at = this.#clock();
      this.#newest(address, before);
      return;
    }
    if (before) this.#drop(address); // it has been trained further: the same name is another checkpoint now
    if (this.#mostHeld === 0) return;
    const held = await this.#host.open(address).catch(() => undefined);
    if (!held) return;
    if (held.backend !== backend || this.#held.has(address)) return held.release();
    this.#held.set(address, new Kept(held, this.#clock()));
    for (const oldest of [...this.#held.keys()].slice(0, -this.#mostHeld)) this.#drop(oldest);
    this.#metrics.openModels = this.#held.size;
  }

  #newest(address: string, kept: Kept): void {
    this.#held.delete(address);
    this.#held.set(address, kept);
  }

  #drop(address: string): void {
    const held = this.#held.get(address);
    this.#held.delete(address);
    this.#metrics.openModels = this.#held.size;
    held?.release();
  }

  /** What a model can do, where it is open. */
  abilitiesOf(address: string): BackendAbilities | undefined {
    return this.#held.get(address)?.backend.abilities;
  }

  /** Gives all back. */
  close(): void {
    for (const address of [...this.#held.keys()]) this.#drop(address);
  }
}

/** Ids that are unlike each other, and that tell nobody where a file lies. */
function withIds(models: readonly ModelListing[]): ServedModel[] {
  const taken = new Set<string>();
  return models.map((model) => {
    const { name, address } = model;
    const alone = models.every((other) => other === model || other.name !== name);
    const isPath = /[\\/]/.test(address);
    let id = alone || isPath ? name : address;
    for (let next = 2; taken.has(id); next++) id = `${name}-${next}`;
    taken.add(id);
    return { ...model, id };
  });
}

const named = (models: readonly ServedModel[], id: string | undefined): ServedModel | undefined =>
  id === undefined
    ? models[0]
    : (models.find((model) => model.id === id || model.address === id) ??
      models.find((model) => model.name === id) ??
      checkpointOf(models, id));

/** `run:pip@500` and `pip@500`, where `run:pip` is listed. */
function checkpointOf(models: readonly ServedModel[], id: string): ServedModel | undefined {
  const [, name, step] = /^(?:run:)?([^@:/\\]+)@(\d{1,9})$/.exec(id) ?? [];
  const run = models.find(({ address }) => address === `run:${name}` || address.startsWith(`run:${name}@`));
  if (!run || name === undefined || run.steps?.includes(Number(step)) === false) return undefined;
  return { ...run, id, name: `${name}@${step}`, address: `run:${name}@${step}`, createdAt: undefined };
}
