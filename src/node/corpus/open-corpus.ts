import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { encodeText } from "../../base/index.ts";
import { type Item, MemoryStoreFiles, openTokenStore, storeFingerprint } from "../../data/index.ts";
import { type Tokenizer, tokenizerFromJson } from "../../text/index.ts";
import {
  dataEntries,
  fitTokenizer,
  type NamedStore,
  type Recipe,
  type StoreData,
  storeData,
} from "../../train/index.ts";
import { FileStorage } from "../file-storage.ts";
import { buildStoreOnDisk } from "../token-files.ts";
import { type OpenedSource, openSource } from "./sources.ts";

/** What is being done before a training can begin. */
export interface PrepareProgress {
  readonly what: "reading" | "tokenizing";
  readonly source: string;
  /** Bytes done, and of all. */
  readonly done: number;
  readonly bytes: number;
}

export interface OpenCorpusOptions {
  /** The workspace's folder: stores lie in `data/`. */
  readonly root: string;
  /** That of the checkpoint to go on from. @default fitted to the data, once */
  readonly tokenizer?: Tokenizer | undefined;
  readonly onProgress?: ((progress: PrepareProgress) => void) | undefined;
}

/** Stores up to this size are held in memory: most are, and each row is then found without asking the system. */
const MOST_IN_MEMORY = 1 << 28;

/**
 * Reads what a recipe names, once: as tokens in stores on the disk, which later trainings on the same data open again.
 *
 * @throws {ParrotletError} Those of `openSource`, `buildTokenStore` and `storeData`.
 */
export async function openCorpus(recipe: Recipe, options: OpenCorpusOptions): Promise<StoreData> {
  const entries = dataEntries(recipe.data);
  const sources = await Promise.all(entries.map(({ source }) => openSource(source, recipe)));
  const validating = recipe.evaluation.data ? await openSource(recipe.evaluation.data, recipe) : undefined;
  const all = [...sources, ...(validating ? [validating] : [])];
  const tokenizer = options.tokenizer ?? (await tokenizerFor(recipe, all, options.root));
  const stores = [];
  for (const source of sources) stores.push(await storeOf(source, recipe, tokenizer, options));
  return storeData(recipe, {
    tokenizer,
    stores: stores.map((store, index) => ({ ...store, weight: entries[index]?.weight })),
    validation: validating && (await storeOf(validating, recipe, tokenizer, options)),
    about: sources.map(({ about }) => about).join(", "),
  });
}

/** The tokenizer of these data, from where it was kept, or fitted and kept. */
async function tokenizerFor(
  recipe: Recipe,
  sources: readonly OpenedSource[],
  root: string,
): Promise<Tokenizer> {
  const storage = new FileStorage(root);
  const key = createHash("sha256")
    .update(
      JSON.stringify([
        recipe.tokenizer,
        recipe.reading,
        recipe.filters,
        sources.map(({ identity }) => identity),
      ]),
    )
    .digest("hex");
  const path = `data/${key}.tokenizer.json`;
  const kept = await storage.read(path);
  if (kept) return tokenizerFromJson(JSON.parse(new TextDecoder().decode(kept)), storage.describe(path));
  const conversational = await Promise.all(sources.map((source) => source.conversational()));
  const tokenizer = await fitTokenizer(recipe.tokenizer, itemsOf(sources), conversational.includes(true));
  await storage.write(path, encodeText(JSON.stringify(tokenizer.toJson())));
  return tokenizer;
}

async function* itemsOf(sources: readonly OpenedSource[]): AsyncGenerator<Item, void> {
  for (const source of sources) yield* source.items();
}

async function storeOf(
  source: OpenedSource,
  { model, reading, filters }: Recipe,
  tokenizer: Tokenizer,
  { root, onProgress }: OpenCorpusOptions,
): Promise<NamedStore> {
  const { contextWindow } = model;
  const conversational = await source.conversational();
  const fingerprint = await storeFingerprint({
    sources: [source.identity],
    tokenizer,
    contextWindow: conversational ? contextWindow : 0,
    settings: { reading, filters },
  });
  const store = await buildStoreOnDisk(root, source.items(), tokenizer, {
    fingerprint,
    contextWindow,
    onProgress: ({ bytes }) =>
      onProgress?.({ what: "tokenizing", source: source.name, done: bytes, bytes: source.bytes }),
  });
  const tokens = (store.text?.tokens ?? 0) + (store.conversation?.tokens ?? 0);
  if (4 * tokens > MOST_IN_MEMORY) return { store, fingerprint };
  store.close();
  const files = await MemoryStoreFiles.load(new FileStorage(resolve(root)), `data/${fingerprint}`);
  return { store: openTokenStore(files), fingerprint };
}
