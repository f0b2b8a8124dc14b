import { encodeText } from "../base/index.ts";
import {
  buildStoreInMemory,
  createFilters,
  type Item,
  type Message,
  sha256,
  storeFingerprint,
} from "../data/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { fitTokenizer } from "./fit-tokenizer.ts";
import type { Recipe } from "./recipe.ts";
import { type NamedStore, storeData } from "./store-data.ts";
import type { StoreData } from "./training-data.ts";

/** A text, the messages of a conversation, or an item that a reader made. */
export type LooseItem = string | readonly Message[] | Item;
export type LooseItems = Iterable<LooseItem> | AsyncIterable<LooseItem>;

export interface CorpusOptions {
  /** That of the model to go on from. @default fitted to the items, as the recipe says */
  readonly tokenizer?: Tokenizer | undefined;
  /** Items of their own to measure with. @default a share of the others is held back, `evaluation.share` */
  readonly validation?: LooseItems | undefined;
}

/** One part of a mixture. */
export interface WeightedItems {
  readonly items: LooseItems;
  /** How many rows it gives, beside those of the others. @default 1 */
  readonly weight?: number | undefined;
}

/**
 * Makes text and conversations ready to train on, all in memory: filters them, fits a tokenizer, and takes rows from their
 * tokens. It needs no disk, and so runs in a browser too.
 *
 * @example await corpusFromItems([text], recipe)
 * @throws {ParrotletError} `data-too-small`, `unknown-character`.
 */
export const corpusFromItems = (
  items: LooseItems,
  recipe: Recipe,
  options: CorpusOptions = {},
): Promise<StoreData> => corpusFromMixture([{ items }], recipe, options);

/** The same for several sources, of which each gives as many rows as its weight says. */
export async function corpusFromMixture(
  mixture: readonly WeightedItems[],
  recipe: Recipe,
  options: CorpusOptions = {},
): Promise<StoreData> {
  const parts = [];
  for (const { items, weight } of mixture) parts.push({ items: await collected(items, recipe), weight });
  const validation = options.validation && (await collected(options.validation, recipe));
  const all = [...parts.flatMap(({ items }) => items), ...(validation ?? [])];
  const conversational = all.some(({ kind }) => kind === "conversation");
  const tokenizer = options.tokenizer ?? (await fitTokenizer(recipe.tokenizer, all, conversational));
  const store = (items: readonly Item[]) => storeOf(items, recipe, tokenizer);
  const stores = [];
  for (const { items, weight } of parts) stores.push({ ...(await store(items)), weight });
  return storeData(recipe, {
    tokenizer,
    stores,
    validation: validation ? [await store(validation)] : [],
    about: `${all.length} items in memory`,
  });
}

/** What passes the filters, in an array: the tokenizer and the store both want it. */
async function collected(items: LooseItems, { filters }: Recipe): Promise<Item[]> {
  const filtering = await createFilters(filters);
  const kept: Item[] = [];
  let line = 0;
  for await (const loose of items) {
    const item = filtering.apply(itemOf(loose, ++line));
    if (item) kept.push(item);
  }
  return kept;
}

function itemOf(item: LooseItem, line: number): Item {
  const place = { file: "items", line };
  if (typeof item === "string") return { kind: "text", text: item, ...place };
  return "kind" in item ? item : { kind: "conversation", messages: item, ...place };
}

async function storeOf(items: readonly Item[], { model }: Recipe, tokenizer: Tokenizer): Promise<NamedStore> {
  const { contextWindow } = model;
  const fingerprint = await storeFingerprint({ sources: [await hashOf(items)], tokenizer, contextWindow });
  return { store: await buildStoreInMemory(items, tokenizer, { fingerprint, contextWindow }), fingerprint };
}

/** UTF-16 units that are hashed at once. */
const BLOCK = 1 << 22;

/** Tells items apart from others, wherever they came from. */
async function hashOf(items: readonly Item[]): Promise<string> {
  const digests: string[] = [];
  let open = "";
  const close = async (): Promise<void> => {
    digests.push(await sha256(encodeText(open).slice()));
    open = "";
  };
  for (const item of items) {
    open += JSON.stringify(item.kind === "text" ? [item.text, item.continues ?? false] : item.messages);
    if (open.length >= BLOCK) await close();
  }
  await close();
  return sha256(encodeText(digests.join()).slice());
}
