import type { Rng } from "../base/index.ts";
import type { GenerationConfig } from "./generation-config.ts";

/** The index of the largest number; of several, the first. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/**
 * Chooses a token: scales the logits by the temperature, keeps the `topK` likeliest, of these the fewest that reach
 * probability `topP`, and draws among them.
 *
 * @see Holtzman et al. 2020 (top-p). https://arxiv.org/abs/1904.09751
 */
export function sample(logits: Float32Array, config: GenerationConfig, rng: Rng): number {
  const { temperature, topK, topP } = config;
  if (temperature === 0) return argmax(logits);
  const order = Array.from(logits.keys()).sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
  if (topK > 0) order.length = Math.min(order.length, topK);
  const highest = logits[order[0] ?? 0] ?? 0;
  const weights = order.map((token) => Math.exp(((logits[token] ?? 0) - highest) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let [kept, reached] = [0, 0];
  while (kept < order.length && (kept === 0 || reached < topP * total)) reached += weights[kept++] ?? 0;
  let left = rng.uniform() * reached;
  for (let i = 0; i < kept; i++) {
    left -= weights[i] ?? 0;
    if (left < 0) return order[i] ?? 0;
  }
  return order[kept - 1] ?? 0;
}
