/** Words for the parts of a dataset, as people name files and folders. */
const WORDS: Readonly<Record<string, string>> = {
  train: "train",
  training: "train",
  validation: "validation",
  valid: "validation",
  val: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
  eval: "test",
  evaluation: "test",
};

/** `train-00000-of-00004.parquet`, and with a hash at the end. */
const SHARD = /^(.+?)-\d{5}-of-\d{5}/;

/** The usual word for a split: `valid` is `validation`. */
export const usualSplit = (name: string): string => WORDS[name.toLowerCase()] ?? name;

/**
 * Files by split, as their paths name it. Numbered shards say it outright, and are all there is where there are any; else a word
 * in the name of the file or, failing that, of the nearest folder. Files without such a word are for training, where no others
 * are.
 */
export function bySplit<T extends { readonly path: string }>(files: readonly T[]): Map<string, T[]> {
  const sharded = grouped(files, ({ path }) => {
    const name = SHARD.exec(path.slice(path.lastIndexOf("/") + 1))?.[1];
    return name && usualSplit(name);
  });
  sharded.delete(undefined);
  if (sharded.size > 0) return sharded as Map<string, T[]>;
  const worded = grouped(files, ({ path }) => path.split("/").reverse().map(wordIn).find(Boolean));
  const unnamed = worded.get(undefined);
  worded.delete(undefined);
  if (unnamed && !worded.has("train")) worded.set("train", unnamed);
  return worded as Map<string, T[]>;
}

const wordIn = (name: string): string | undefined =>
  name
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => WORDS[word])
    .find(Boolean);

/** The split that is there to choose a model by while it trains on `split`. */
export function validationFor(split: string, splits: readonly string[]): string | undefined {
  const rest = /^train(.*)$/.exec(split)?.[1];
  if (rest === undefined) return undefined;
  return splits.find((name) =>
    Object.keys(WORDS).some((word) => WORDS[word] === "validation" && name === word + rest),
  );
}

export function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
