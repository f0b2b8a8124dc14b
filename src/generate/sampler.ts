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
  if (config.temperature === 0) return argmax(logits);
  const highest = logits[argmax(logits)] ?? 0;
  const weight = (logit: number): number => Math.exp((logit - highest) / config.temperature);
  if (config.topK === 0 && config.topP === 1) return drawAmongAll(logits, weight, rng);
  const weights = Float64Array.from(logits, weight);
  const tokens = likeliest(weights, config);
  let left = rng.uniform() * weightOf(tokens, weights);
  for (const token of tokens) {
    left -= weights[token] ?? 0;
    if (left < 0) return token;
  }
  return tokens.at(-1) ?? 0;
}

/** Draws by weight without keeping the weights: a long vocabulary's would be garbage at every token. */
function drawAmongAll(logits: Float32Array, weight: (logit: number) => number, rng: Rng): number {
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += weight(logits[i] ?? 0);
  let left = rng.uniform() * total;
  let last = 0;
  for (let i = 0; i < logits.length; i++) {
    const share = weight(logits[i] ?? 0);
    if (share > 0) last = i;
    left -= share;
    if (left < 0) break;
  }
  return last;
}

/** The `topK` likeliest tokens, or as many of them as reach `topP`; at least one. */
function likeliest(weights: Float64Array, { topK, topP }: GenerationConfig): number[] {
  const order = [...weights.keys()].sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0));
  if (topK > 0) order.length = Math.min(order.length, topK);
  const enough = topP * weightOf(order, weights);
  let [kept, reached] = [0, 0];
  while (kept < order.length && (kept === 0 || reached < enough)) reached += weights[order[kept++] ?? 0] ?? 0;
  return order.slice(0, kept);
}

const weightOf = (tokens: readonly number[], weights: Float64Array): number =>
  tokens.reduce((sum, token) => sum + (weights[token] ?? 0), 0);
