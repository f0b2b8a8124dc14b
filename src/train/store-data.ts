import { encodeText, ParrotletError, present } from "../base/index.ts";
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

/** A store to learn from. */
export interface LearnedStore extends NamedStore {
  /** How many rows it gives, beside those of the others. @default 1 */
  readonly weight?: number | undefined;
  /** How much of it is held back to measure with. @default the recipe's share, or nothing where there is validation data */
  readonly share?: number | undefined;
}

export interface StoreDataOptions {
  readonly tokenizer: Tokenizer;
  /** What to learn from. */
  readonly stores: readonly LearnedStore[];
  /** Data of their own to measure with. */
  readonly validation?: readonly NamedStore[] | undefined;
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
  { tokenizer, stores, validation = [], about }: StoreDataOptions,
): Promise<StoreData> {
  const { seed, evaluation } = recipe;
  const usual = validation.length > 0 ? 0 : evaluation.share;
  const parts = stores.map(({ store, share = usual }) => splitStore(store, { share, seed }));
  const held = [
    ...parts.map((part) => part.validation).filter(({ text, conversations }) => text || conversations),
    ...validation.map(({ store }) => wholeStore(store)),
  ];
  if (held.length === 0) {
    const message =
      "evaluation: share: is 0, and evaluation: data: names nothing: give one of them to validate with.";
    throw new ParrotletError("recipe-invalid", message);
  }
  const trained = parts.map(({ training }) => training);
  const rows = trained.map((part) => rowsOf(recipe, part));
  const fingerprints = [...stores, ...validation].map(({ fingerprint }) => fingerprint);
  return {
    kind: "store",
    tokenizer,
    training: mixed(
      rows,
      stores.map(({ weight = 1 }) => weight),
    ),
    validation: inSequence(held.flatMap((part) => rowsOf(recipe, part))),
    packed: [...trained, ...held].some(({ conversations }) => conversations !== undefined),
    tokens: tokensOf(trained),
    padding: paddingOf(rows.flat()),
    parts: { training: trained, validation: held },
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

/** The tokens of parts of stores. */
export function tokensOf(parts: readonly StorePart[]): number {
  let tokens = 0;
  for (const { text, conversations } of parts) {
    tokens += text?.tokens ?? 0;
    if (!conversations) continue;
    const { lane, pieces } = conversations;
    for (const piece of pieces) tokens += lane.pieces.length(piece);
  }
  return tokens;
}

/** Of the places of rows, the share that holds nothing. */
function paddingOf(all: readonly RowSource[]): number {
  const rows = all.reduce((sum, source) => sum + source.rows, 0);
  const empty = all.reduce(
    (sum, source) => sum + (source instanceof PackedConversations ? source.padding * source.rows : 0),
    0,
  );
  return rows > 0 ? empty / rows : 0;
}
