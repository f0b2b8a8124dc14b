import { present } from "../../base/index.ts";
import {
  Mixture,
  PackedConversations,
  type RowSource,
  type RowsInOrder,
  RowsInSequence,
  type StorePart,
  TextWindows,
} from "../../data/index.ts";
import type { Recipe } from "../../train/index.ts";

type BothRows = RowSource & RowsInOrder;

/** What is trained on and what is validated with, as rows of a model. */
export interface StoreRows {
  readonly training: RowSource;
  readonly validation: RowsInOrder;
  /** Of the places of the training rows, the share that holds nothing. */
  readonly padding: number;
}

/** The rows of the parts of stores, as the recipe's model takes them; `weights` as the recipe's entries have them. */
export function storeRows(
  recipe: Recipe,
  training: readonly StorePart[],
  validation: readonly StorePart[],
  weights: readonly number[],
): StoreRows {
  const rows = training.map((part) => rowsOf(part, recipe));
  const weighted = rows.flatMap((all, index) =>
    all.map((source) => ({ source, weight: (weights[index] ?? 1) * shareOf(source, all) })),
  );
  const [only, ...others] = weighted;
  const held = validation.flatMap((part) => rowsOf(part, recipe));
  return {
    training: others.length > 0 ? new Mixture(weighted) : present(only, "a source").source,
    validation: held.length === 1 ? present(held[0], "rows") : new RowsInSequence(held),
    padding: paddingOf(rows.flat()),
  };
}

function rowsOf({ text, conversations }: StorePart, { model, seed, training }: Recipe): BothRows[] {
  const time = model.contextWindow;
  const { lossOn } = training;
  return [
    ...(text ? [new TextWindows(text, { time, seed })] : []),
    ...(conversations ? [new PackedConversations(conversations, { time, seed, lossOn })] : []),
  ];
}

/** Of an entry's weight, by rows: text and conversations of one source come as often as there are of them. */
function shareOf(source: RowSource, all: readonly RowSource[]): number {
  const sum = all.reduce((total, { rows }) => total + rows, 0);
  return all.length > 1 ? Math.max(1e-3, source.rows / sum) : 1;
}

function paddingOf(all: readonly BothRows[]): number {
  const rows = all.reduce((sum, source) => sum + source.rows, 0);
  const empty = all.reduce(
    (sum, source) => sum + (source instanceof PackedConversations ? source.padding * source.rows : 0),
    0,
  );
  return rows > 0 ? empty / rows : 0;
}
