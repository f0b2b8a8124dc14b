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
  const { least, ofLeast, total } = likeliest(weights, config);
  let left = rng.uniform() * total;
  let [last, ties] = [0, ofLeast];
  for (let token = 0; token < weights.length; token++) {
    const share = weights[token] ?? 0;
    if (share < least || (share === least && ties-- <= 0)) continue;
    last = token;
    left -= share;
    if (left < 0) break;
  }
  return last;
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

/**
 * The `topK` likeliest tokens, or as many of them as reach `topP`, at least one: all that weigh more than `least`, and the first
 * `ofLeast` of those that weigh as much. Numbers alone are sorted: with their tokens, that would take ten times as long.
 */
function likeliest(
  weights: Float64Array,
  { topK, topP }: GenerationConfig,
): { least: number; ofLeast: number; total: number } {
  const sorted = weights.slice().sort();
  const most = topK > 0 ? Math.min(topK, sorted.length) : sorted.length;
  const weightAt = (place: number): number => sorted[sorted.length - 1 - place] ?? 0;
  let all = 0;
  for (let place = 0; place < most; place++) all += weightAt(place);
  let [kept, total] = [0, 0];
  while (kept < most && (kept === 0 || total < topP * all)) total += weightAt(kept++);
  const least = weightAt(kept - 1);
  let ofLeast = 1;
  while (ofLeast < kept && weightAt(kept - 1 - ofLeast) === least) ofLeast++;
  return { least, ofLeast, total };
}
