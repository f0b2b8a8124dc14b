import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { encodeText, present } from "../../base/index.ts";
import {
  type Item,
  MemoryStoreFiles,
  Mixture,
  openTokenStore,
  PackedConversations,
  type RowSource,
  type RowsInOrder,
  RowsInSequence,
  type StorePart,
  splitStore,
  storeFingerprint,
  TextWindows,
  type TokenStore,
  wholeStore,
} from "../../data/index.ts";
import { type Tokenizer, tokenizerFromJson } from "../../text/index.ts";
import {
  dataEntries,
  type Recipe,
  type SourceFacts,
  type StoreData,
  samplePrompts,
} from "../../train/index.ts";
import { FileStorage } from "../file-storage.ts";
import { buildStoreOnDisk } from "../token-files.ts";
import { fitTokenizer } from "./fit-tokenizer.ts";
import { filterFile, sourceFacts } from "./source-facts.ts";
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
 * @throws {ParrotletError} Those of `openSource`, `buildTokenStore` and `splitStore`.
 */
export async function openCorpus(recipe: Recipe, options: OpenCorpusOptions): Promise<StoreData> {
  const entries = dataEntries(recipe.data);
  const sources = await Promise.all(entries.map(({ source }) => openSource(source, recipe)));
  const validating = recipe.evaluation.data ? await openSource(recipe.evaluation.data, recipe) : undefined;
  const all = [...sources, ...(validating ? [validating] : [])];
  const tokenizer = options.tokenizer ?? (await tokenizerFor(recipe, all, options.root));
  const stores = [];
  for (const source of all) stores.push(await storeOf(source, recipe, tokenizer, options));
  const { seed, evaluation } = recipe;
  const share = validating ? 0 : evaluation.share;
  const parts = stores.slice(0, sources.length).map(({ store }) => splitStore(store, { share, seed }));
  const held = validating
    ? [wholeStore(present(stores.at(-1), "the validation store").store)]
    : parts.map((part) => part.validation);
  const rows = rowsOf(recipe);
  const weighted = parts.flatMap(({ training }, index) =>
    rows(training).map((source) => ({
      source,
      weight: (entries[index]?.weight ?? 1) * shareOf(source, rows(training)),
    })),
  );
  const [only, ...others] = weighted;
  const validation = held.flatMap(rows);
  const stored = parts.map(({ training }) => training);
  return {
    kind: "store",
    tokenizer,
    training: others.length > 0 ? new Mixture(weighted) : present(only, "a source").source,
    validation: validation.length === 1 ? present(validation[0], "rows") : new RowsInSequence(validation),
    packed: [...stored, ...held].some(({ conversations }) => conversations !== undefined),
    tokens: stored.reduce((sum, part) => sum + tokensOf(part), 0),
    prompts: samplePrompts(held, { tokenizer, contextWindow: recipe.model.contextWindow }),
    hash: createHash("sha256")
      .update(stores.map(({ fingerprint }) => fingerprint).join())
      .digest("hex"),
    about: sources.map(({ about }) => about).join(", "),
    sources: stores.map(({ facts }) => facts),
  };
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
  const tokenizer = await fitTokenizer(recipe.tokenizer, sources);
  await storage.write(path, encodeText(JSON.stringify(tokenizer.toJson())));
  return tokenizer;
}

async function storeOf(
  source: OpenedSource,
  { model, reading, filters }: Recipe,
  tokenizer: Tokenizer,
  { root, onProgress }: OpenCorpusOptions,
): Promise<{ store: TokenStore; fingerprint: string; facts: SourceFacts }> {
  const { contextWindow } = model;
  const conversational = await source.conversational();
  const fingerprint = await storeFingerprint({
    sources: [source.identity],
    tokenizer,
    contextWindow: conversational ? contextWindow : 0,
    settings: { reading, filters },
  });
  let whole = false;
  const items = async function* (): AsyncGenerator<Item, void> {
    yield* source.items();
    whole = true;
  };
  const store = await buildStoreOnDisk(root, items(), tokenizer, {
    fingerprint,
    contextWindow,
    onProgress: ({ bytes }) =>
      onProgress?.({ what: "tokenizing", source: source.name, done: bytes, bytes: source.bytes }),
  });
  const storage = new FileStorage(resolve(root));
  const kept = `data/${fingerprint}.filters.json`;
  if (whole) await storage.write(kept, filterFile(source.reports()));
  const facts = sourceFacts(source, store, await storage.read(kept));
  if (4 * facts.tokens > MOST_IN_MEMORY) return { store, fingerprint, facts };
  store.close();
  const files = await MemoryStoreFiles.load(storage, `data/${fingerprint}`);
  return { store: openTokenStore(files), fingerprint, facts };
}

/** The rows of a part of a store, as the recipe's model takes them. */
const rowsOf =
  ({ model, seed, training }: Recipe) =>
  ({ text, conversations }: StorePart): (RowSource & RowsInOrder)[] => {
    const time = model.contextWindow;
    const { lossOn } = training;
    return [
      ...(text ? [new TextWindows(text, { time, seed })] : []),
      ...(conversations ? [new PackedConversations(conversations, { time, seed, lossOn })] : []),
    ];
  };

/** Of an entry's weight, by rows: text and conversations of one source come as often as there are of them. */
function shareOf(source: RowSource, all: readonly RowSource[]): number {
  const sum = all.reduce((total, { rows }) => total + rows, 0);
  return all.length > 1 ? Math.max(1e-3, source.rows / sum) : 1;
}

const tokensOf = ({ text, conversations }: StorePart): number => {
  let tokens = text?.tokens ?? 0;
  if (conversations) {
    const { lane, pieces } = conversations;
    for (const piece of pieces) tokens += lane.pieces.length(piece);
  }
  return tokens;
};
