import { describe, expect, it } from "vitest";
import { MemoryStorage, type Storage } from "../src/base/index.ts";
import { loadTokenizer } from "../src/checkpoint/index.ts";
import { openTokenStore, splitStore } from "../src/data/index.ts";
import { buildStoreOnDisk, DiskStoreFiles, openDevice } from "../src/node/index.ts";
import { ByteTokenizer, type Tokenizer } from "../src/text/index.ts";
import {
  checkRecipe,
  corpusFromMixture,
  type Recipe,
  type StoreData,
  storeData,
  type WeightedItems,
} from "../src/train/index.ts";
import { type RunEvent, trainRun, Workspace } from "../src/workspace/index.ts";
import { temporaryFolder } from "./run-cli.ts";

const text = Array.from({ length: 24 }, (_, i) => `${i} birds and ${(i * 7) % 11} boats. `).join("");
const talks = Array.from({ length: 9 }, (_, i) => [
  { role: "user", text: `${i}?` } as const,
  { role: "assistant", text: `${i} and ${(i * 5) % 7}` } as const,
]);
const texts: WeightedItems = { items: [text], weight: 3 };
const conversations: WeightedItems = { items: talks, weight: 1 };

interface Case {
  readonly training?: object;
  readonly optimizer?: object;
  readonly schedule?: object;
  readonly model?: object;
  readonly tokenizer?: object;
  readonly data?: readonly WeightedItems[] | "shards";
  /** Why it ends. @default "steps" */
  readonly reason?: string;
}

const cases: Readonly<Record<string, Case>> = {
  adamw: {},
  adam: { optimizer: { kind: "adam", decay: 0.01 } },
  "sgd with momentum": { optimizer: { kind: "sgd", momentum: 0.9 } },
  "sgd without": { optimizer: { kind: "sgd", momentum: 0 } },
  muon: { optimizer: { kind: "muon", momentum: 0.95, clipNorm: 0 } },
  "muon and modern": { optimizer: { kind: "muon" }, model: { preset: "modern", bigrams: 32 } },
  "a constant rate": { schedule: { kind: "constant", warmup: 5 } },
  "a linear rate": { schedule: { kind: "linear", warmup: 5, floor: 0.1 } },
  "a cosine": { schedule: { kind: "cosine", warmup: 3 } },
  "warm-up, stable, decay": { schedule: { kind: "wsd", warmup: 2, cooldown: 0.5 } },
  "a moving average": { training: { ema: 0.9 } },
  accumulation: { training: { accumulate: 3, batch: 1 } },
  dropout: { training: { dropout: 0.2 } },
  "label smoothing": { training: { labelSmoothing: 0.1 } },
  "all of these": {
    training: { ema: 0.8, accumulate: 2, dropout: 0.1, labelSmoothing: 0.1 },
    optimizer: { kind: "muon" },
    schedule: { kind: "wsd", warmup: 2 },
  },
  epochs: { training: { steps: undefined, epochs: 1.2 } },
  conversations: { data: [conversations] },
  "conversations, answers only": { data: [conversations], training: { lossOn: "answers-only" } },
  "a mixture of text and conversations": { data: [texts, conversations] },
  "byte pairs": { tokenizer: { kind: "bpe", vocabulary: 280 } },
  "several shards on a disk": { data: "shards" },
  patience: {
    training: { steps: 400, checkpointSteps: 4, patience: 2 },
    optimizer: { rate: 0.3 },
    reason: "no-better",
  },
};

const recipeOf = ({ training, optimizer, schedule, model, tokenizer = {} }: Case): Recipe =>
  checkRecipe({
    name: "some",
    task: "corpus",
    data: "some",
    tokenizer,
    model: { width: 8, layers: 1, heads: 2, contextWindow: 16, deviation: 0.2, ...model },
    training: { steps: 17, batch: 2, checkpointSteps: 6, ...training },
    optimizer: { rate: 0.02, ...optimizer },
    schedule,
    evaluation: { share: 0.2, mostTokens: 200 },
  });

/** The data, as if another process read them. */
async function open(recipe: Recipe, { data = [texts] }: Case, tokenizer?: Tokenizer): Promise<StoreData> {
  if (data !== "shards") return corpusFromMixture(data, recipe, { tokenizer });
  const fingerprint = "5".repeat(64);
  const items = Array.from({ length: 12 }, (_, i) => ({
    kind: "text" as const,
    text: text.slice(i * 20, i * 20 + 60),
    file: "f",
    line: i + 1,
  }));
  const bytes = new ByteTokenizer("text");
  const options = { fingerprint, contextWindow: 16, shardBytes: 100 };
  const store = await buildStoreOnDisk(folder, items, bytes, options);
  expect(store.text?.tokens).toBeGreaterThan(600);
  return storeData(recipe, { tokenizer: bytes, stores: [{ store, fingerprint }], about: "shards" });
}
const folder = temporaryFolder();

/** Trains a run to its end, or until it is killed before what it tells of step `until`. */
async function play(storage: Storage, of: Case, until = Number.POSITIVE_INFINITY): Promise<RunEvent[]> {
  const run = await new Workspace(storage).run("some");
  const from = await run.resumableStep();
  const tokenizer = from === undefined ? undefined : await loadTokenizer(storage, run.checkpointPath(from));
  const data = await open(await run.recipe(), of, tokenizer);
  const events: RunEvent[] = [];
  const device = await openDevice("wasm", { threads: 1 });
  const job = { run, data, device, now: () => new Date(0), progressSteps: 1 };
  for await (const event of trainRun(job)) {
    events.push(event);
    if (event.type === "progress" && event.step >= until) break;
  }
  device.release();
  return events;
}

async function checkpoints(storage: Storage): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const path = "runs/some/checkpoints";
  for (const { name } of await storage.list(path)) {
    for (const file of await storage.list(`${path}/${name}`)) {
      const bytes = await storage.read(`${path}/${name}/${file.name}`);
      files.set(`${name}/${file.name}`, bytes ?? new Uint8Array());
    }
  }
  return files;
}

/** How each case ended. */
const ends = new Set<string>();

describe("a training that is killed twice and resumed ends in the same bytes", () => {
  it.each(Object.entries(cases))("with %s", async (_, of) => {
    const fresh = async (): Promise<Storage> => {
      const storage = new MemoryStorage();
      await new Workspace(storage).createRun(recipeOf(of));
      return storage;
    };
    const whole = await fresh();
    const end = (await play(whole, of)).at(-1);
    expect(end).toMatchObject({ type: "end", reason: of.reason ?? "steps" });
    const expected = await checkpoints(whole);
    expect(expected.size).toBeGreaterThan(10);
    ends.add([...expected].map(([file, bytes]) => `${file} ${bytes.join()}`).join());

    const killed = await fresh();
    for (const step of [2, 9]) await play(killed, of, step);
    expect((await play(killed, of)).at(-1)).toMatchObject({ step: end?.step, reason: of.reason ?? "steps" });
    expect(await checkpoints(killed)).toEqual(expected);
  });

  it("and the cases are what they say: shards are several, a mixture has both, each case has bytes of its own", async () => {
    const shards = new DiskStoreFiles(`${folder}/data/${"5".repeat(64)}`);
    expect(shards.size("text-00003.tokens")).toBeGreaterThan(0);
    const parts = splitStore(openTokenStore(shards), { share: 0.2, seed: 1 });
    expect(parts.validation.text?.tokens).toBeGreaterThan(0);
    const mixed = cases["a mixture of text and conversations"] ?? {};
    const { packed, tokenizer } = await open(recipeOf(mixed), mixed);
    expect([packed, tokenizer.special.assistant !== undefined]).toEqual([true, true]);
    expect(ends.size).toBe(Object.keys(cases).length);
  });
});
