import { encodeText, present } from "../base/index.ts";
import {
  Mixture,
  PackedConversations,
  type RowSource,
  type RowsInOrder,
  RowsInSequence,
  type StorePart,
  sha256,
  splitStore,
  TextWindows,
  type TokenStore,
  wholeStore,
} from "../data/index.ts";
import type { Tokenizer } from "../text/index.ts";
import type { Recipe } from "./recipe.ts";
import { samplePrompts } from "./sample-prompts.ts";
import type { StoreData } from "./training-data.ts";

/** A store, and how it is told from others. */
export interface NamedStore {
  readonly store: TokenStore;
  readonly fingerprint: string;
}

export interface StoreDataOptions {
  readonly tokenizer: Tokenizer;
  /** What to learn from; each with a weight, how many rows it gives beside the others. @default 1 */
  readonly stores: readonly (NamedStore & { readonly weight?: number | undefined })[];
  /** Data of their own to measure with. @default a share of the stores is held back */
  readonly validation?: NamedStore | undefined;
  /** What was read, for people. */
  readonly about: string;
}

/**
 * Rows of stores as a recipe takes them: what trains and what validates, mixed and packed.
 *
 * @throws {ParrotletError} `data-too-small`.
 */
export async function storeData(
  recipe: Recipe,
  { tokenizer, stores, validation, about }: StoreDataOptions,
): Promise<StoreData> {
  const { seed, evaluation } = recipe;
  const share = validation ? 0 : evaluation.share;
  const parts = stores.map(({ store }) => splitStore(store, { share, seed }));
  const held = validation ? [wholeStore(validation.store)] : parts.map((part) => part.validation);
  const trained = parts.map(({ training }) => training);
  const fingerprints = [...stores, ...(validation ? [validation] : [])].map(({ fingerprint }) => fingerprint);
  return {
    kind: "store",
    tokenizer,
    training: mixed(
      trained.map((part) => rowsOf(recipe, part)),
      stores.map(({ weight = 1 }) => weight),
    ),
    validation: inSequence(held.flatMap((part) => rowsOf(recipe, part))),
    packed: [...trained, ...held].some(({ conversations }) => conversations !== undefined),
    tokens: trained.reduce((sum, part) => sum + tokensOf(part), 0),
    prompts: samplePrompts(held, { tokenizer, contextWindow: recipe.model.contextWindow }),
    hash: await sha256(encodeText(fingerprints.join()).slice()),
    about,
  };
}

/** The rows of a part of a store, as the recipe's model takes them. */
function rowsOf({ model, seed, training }: Recipe, part: StorePart): (RowSource & RowsInOrder)[] {
  const { text, conversations } = part;
  const { lossOn } = training;
  const time = model.contextWindow;
  return [
    ...(text ? [new TextWindows(text, { time, seed })] : []),
    ...(conversations ? [new PackedConversations(conversations, { time, seed, lossOn })] : []),
  ];
}

function mixed(stores: readonly (readonly RowSource[])[], weights: readonly number[]): RowSource {
  const entries = stores.flatMap((rows, index) =>
    rows.map((source) => ({ source, weight: (weights[index] ?? 1) * shareOf(source, rows) })),
  );
  return entries.length > 1 ? new Mixture(entries) : present(entries[0], "a source").source;
}

/** Of a store's weight, by rows: its text and its conversations come as often as there are of them. */
function shareOf(source: RowSource, all: readonly RowSource[]): number {
  const sum = all.reduce((total, { rows }) => total + rows, 0);
  return all.length > 1 ? Math.max(1e-3, source.rows / sum) : 1;
}

const inSequence = (rows: readonly RowsInOrder[]): RowsInOrder =>
  rows.length === 1 ? present(rows[0], "rows") : new RowsInSequence(rows);

const tokensOf = ({ text, conversations }: StorePart): number => {
  let tokens = text?.tokens ?? 0;
  if (conversations) {
    const { lane, pieces } = conversations;
    for (const piece of pieces) tokens += lane.pieces.length(piece);
  }
  return tokens;
};
