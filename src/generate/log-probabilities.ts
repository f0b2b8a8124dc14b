/** A token, and the natural logarithm of how likely it is. */
export interface TokenChance {
  readonly token: number;
  readonly logprob: number;
}

/** A token, and what the model held likeliest as it was chosen. */
export interface ObservedToken extends TokenChance {
  /** The likeliest first; of equals, the smaller id. */
  readonly alternatives: readonly TokenChance[];
}

/** What a model holds of one token, and of the `count` likeliest: log softmax of its logits. @param logits `[V]` */
export function likeliestOf(logits: Float32Array, token: number, count: number): ObservedToken {
  let highest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > highest) highest = logit;
  let sum = 0;
  for (let id = 0; id < logits.length; id++) sum += Math.exp((logits[id] ?? 0) - highest);
  const all = highest + Math.log(sum);
  const chance = (id: number): TokenChance => ({ token: id, logprob: (logits[id] ?? 0) - all });
  return { ...chance(token), alternatives: idsOfLargest(logits, count).map(chance) };
}

/** For a few of many: most are turned away by one comparison. */
function idsOfLargest(logits: Float32Array, count: number): number[] {
  const ids: number[] = [];
  const logitAt = (place: number): number => logits[ids[place] ?? 0] ?? 0;
  for (let id = 0; id < logits.length && count > 0; id++) {
    const logit = logits[id] ?? 0;
    if (ids.length === count && !(logit > logitAt(count - 1))) continue;
    let place = Math.min(ids.length, count - 1);
    for (; place > 0 && logit > logitAt(place - 1); place--) ids[place] = ids[place - 1] ?? 0;
    ids[place] = id;
  }
  return ids;
}
