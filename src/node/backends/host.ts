import { invariant, type ParrotletError } from "../../base/index.ts";
import {
  BusyError,
  type ChatBackend,
  type HeldBackend,
  type ModelHost,
  type ModelListing,
} from "../../chat/index.ts";
import type { Device } from "../../engine/index.ts";
import { openDevice } from "../devices.ts";
import { type OpenBackendOptions, type ResolvedAddress, resolveAddress } from "./open-backend.ts";
import { type Survey, type SurveyOptions, surveyModels } from "./survey-models.ts";

export interface NodeModelHostOptions extends SurveyOptions {
  /** Opens what models of ours compute on: once, when the first of them is opened. @default the fastest that runs here */
  readonly openDevice?: (() => Promise<Device>) | undefined;
  /** Models that stay open, those in use among them; where more are in use, they close as soon as they are not. @default 4 */
  readonly mostOpen?: number | undefined;
  /** Models in use at once; one more is refused. @default 32 */
  readonly mostHeld?: number | undefined;
  /** Replies of one model of ours that may wait for their turn; more are refused. @default 256 */
  readonly mostWaiting?: number | undefined;
  /** Milliseconds that a model stays open when nobody holds it. @default 300_000 */
  readonly keep?: number | undefined;
}

/** A model that is open, or being opened. */
interface Entry {
  readonly key: string;
  readonly opening: Promise<ChatBackend>;
  holders: number;
  /** Closes it when it has not been held for long. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A list that is looked up for a name may be so old. */
const FRESH_MS = 2000;

/** The models of this machine and of the servers that the settings name. */
export class NodeModelHost implements ModelHost {
  readonly #options: NodeModelHostOptions;
  /** By address and version, the one that was used longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<Promise<void>>();
  #device: Promise<Device> | undefined;
  #survey: { readonly at: number; readonly survey: Promise<Survey> } | undefined;
  #closed = false;

  constructor(options: NodeModelHostOptions) {
    this.#options = options;
  }

  async list(): Promise<readonly ModelListing[]> {
    return (await this.survey()).models;
  }

  /** The models, and what should be one but cannot be reached. */
  survey(): Promise<Survey> {
    const survey = surveyModels(this.#options);
    this.#survey = { at: performance.now(), survey };
    return survey;
  }

  async open(reference: string | undefined = this.#options.settings.model): Promise<HeldBackend> {
    invariant(!this.#closed, "a host of models is closed");
    const resolved = await this.#resolve(reference);
    invariant(!this.#closed, "a host of models is closed");
    const entry = this.#entryOf(resolved);
    try {
      const backend = await entry.opening;
      let held = true;
      const release = (): void => {
        if (held) this.#release(entry);
        held = false;
      };
      return { backend, release };
    } catch (error) {
      // Who comes next tries again.
      if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of [...this.#entries.values()]) this.#closeEntry(entry);
    await Promise.all(this.#closing);
    const device = this.#device;
    this.#device = undefined;
    await device?.then(
      (opened) => opened.release(),
      () => {},
    );
  }

  /** An address, or else a name that the list gives. */
  async #resolve(reference: string | undefined): Promise<ResolvedAddress> {
    const options: OpenBackendOptions = { ...this.#options, device: () => this.#openDevice() };
    try {
      return await resolveAddress(reference, options);
    } catch (error) {
      const { code } = error as ParrotletError;
      if (reference === undefined || !(code === "bad-address" || code === "model-not-found")) throw error;
      const known = this.#survey;
      const isFresh = known && performance.now() - known.at < FRESH_MS;
      const { models } = await (isFresh ? known.survey : this.survey());
      const named = models.find(({ name }) => name === reference);
      if (!named) throw error;
      return resolveAddress(named.address, options);
    }
  }

  #openDevice(): Promise<Device> {
    this.#device ??= (this.#options.openDevice ?? openDevice)().catch((error: unknown) => {
      this.#device = undefined;
      throw error;
    });
    return this.#device;
  }

  #entryOf({ address, version, open }: ResolvedAddress): Entry {
    const key = `${address} ${version}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      this.#checkHeld();
      entry = { key, opening: open(), holders: 0, timer: undefined };
    }
    entry.holders++;
    clearTimeout(entry.timer);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#closeSome();
    return entry;
  }

  #checkHeld(): void {
    const held = [...this.#entries.values()].filter(({ holders }) => holders > 0).length;
    if (held >= (this.#options.mostHeld ?? 32)) throw new BusyError(`${held} models are in use.`, 5);
  }

  #release(entry: Entry): void {
    entry.holders--;
    if (entry.holders > 0 || this.#entries.get(entry.key) !== entry) return;
    entry.timer = setTimeout(() => this.#closeEntry(entry), this.#options.keep ?? 300_000);
    entry.timer.unref();
    this.#closeSome();
  }

  /** Those that nobody holds, the longest unused first, until no more are open than may stay. */
  #closeSome(): void {
    let over = this.#entries.size - (this.#options.mostOpen ?? 4);
    for (const entry of [...this.#entries.values()]) {
      if (over <= 0) return;
      if (entry.holders > 0) continue;
      this.#closeEntry(entry);
      over--;
    }
  }

  #closeEntry(entry: Entry): void {
    clearTimeout(entry.timer);
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    const closing = entry.opening.then((backend) => backend.close()).catch(() => {});
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }
}
