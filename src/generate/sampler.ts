import { InternalError, ParrotletError, Rng } from "../base/index.ts";
import { exponential } from "./exponential.ts";
import type { GenerationConfig } from "./generation-config.ts";
import { likeliestOf, type ObservedToken } from "./log-probabilities.ts";
import { keepLikeliest, keepProbable } from "./partial-selection.ts";
import type { TokenConstraint } from "./token-constraint.ts";
import { TokenCounts } from "./token-counts.ts";

/** A stream of random numbers apart from those of training. */
const SAMPLING = 0x5a;

/**
 * Tokens less than e^-30 (1e-13) as likely as the likeliest are never drawn: 50,000 of them together would come once in
 * 200 million draws, and `exp` of each would be half of the time that a draw takes.
 */
const HOPELESS = -30;

/** The index of the largest number; of several, the first. */
export function argmax(values: Float32Array): number {
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value > most) [best, most] = [i, value];
  }
  return best;
}

/** Working space of a draw, shared by all samplers: a draw never waits, so no two are under way at once. */
const scratch = {
  ids: new Int32Array(0),
  weights: new Float64Array(0),
  raw: new Float32Array(0),
};

export interface SamplerOptions {
  /** The number of token ids: `V`. */
  readonly vocabulary: number;
  /** The tokens that the reply goes on from; `repetitionPenalty` counts them. @default [] */
  readonly prompt?: readonly number[] | undefined;
  /** Tells apart several samples of one seed: the choice's number. @default 0 */
  readonly row?: number | undefined;
  /** What the reply must match. @default undefined: anything */
  readonly constraint?: TokenConstraint | undefined;
}

/**
 * Chooses the tokens of one sequence. The model's own distribution is looked at first, where `observe` asks for that. Then
 * come, in this order, `logitBias`, `repetitionPenalty` (of prompt and reply), `frequencyPenalty` and `presencePenalty` (of
 * the reply) and the constraint; at temperature 0 the likeliest token is taken, else `temperature`, `topK`, `topP` (of what
 * `topK` left) and `minP` say among which is drawn. The same seed, row and logits give the same token, whatever else runs.
 *
 * @see Holtzman et al. 2020 (top-p). https://arxiv.org/abs/1904.09751
 * @see Nguyen et al. 2024 (min-p). https://arxiv.org/abs/2407.01082
 */
export class Sampler {
  readonly #config: GenerationConfig;
  readonly #constraint: TokenConstraint | undefined;
  readonly #rng: Rng;
  readonly #biased: Int32Array;
  readonly #bias: Float64Array;
  /** Only where a penalty needs it. */
  readonly #counts: TokenCounts | undefined;
  #observing: number | undefined;
  #observed: ObservedToken | undefined;

  /** @throws {ParrotletError} `generation-config` where `logitBias` names a token that there is not. */
  constructor(config: GenerationConfig, { vocabulary, prompt = [], row = 0, constraint }: SamplerOptions) {
    this.#config = config;
    this.#constraint = constraint;
    this.#rng = new Rng(config.seed, SAMPLING + row * 256);
    this.#biased = Int32Array.from(Object.keys(config.logitBias), Number);
    this.#bias = Float64Array.from(Object.values(config.logitBias));
    const beyond = this.#biased.find((token) => token >= vocabulary);
    if (beyond !== undefined) {
      const message = `logitBias names the token ${beyond}, but this model's tokens end at ${vocabulary - 1}.`;
      throw new ParrotletError("generation-config", message);
    }
    const { repetitionPenalty, frequencyPenalty, presencePenalty } = config;
    if (repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0)
      this.#counts = new TokenCounts(repetitionPenalty === 1 ? [] : prompt);
    if (scratch.ids.length < vocabulary) {
      scratch.ids = new Int32Array(vocabulary);
      scratch.weights = new Float64Array(vocabulary);
      scratch.raw = new Float32Array(vocabulary);
    }
  }

  /** From the next token on, `observed` tells its probability and the `count` likeliest; nothing is no more. */
  observe(count: number | undefined): void {
    this.#observing = count;
  }

  /** The last token, where `observe` asked for it. */
  get observed(): ObservedToken | undefined {
    return this.#observed;
  }

  /** Nothing but the end can follow: the constraint says so. */
  get ended(): boolean {
    return this.#constraint?.ended ?? false;
  }

  /** The next token. @param logits `[V]`; they are changed in place. */
  next(logits: Float32Array): number {
    if (this.#observing !== undefined) scratch.raw.set(logits);
    this.#control(logits);
    const token = this.#choose(logits);
    if (this.#observing !== undefined)
      this.#observed = likeliestOf(scratch.raw.subarray(0, logits.length), token, this.#observing);
    this.#counts?.add(token);
    this.#constraint?.accept(token);
    return token;
  }

  /** Everything that depends on what is wanted, rather than on chance. */
  #control(logits: Float32Array): void {
    const { repetitionPenalty, frequencyPenalty, presencePenalty } = this.#config;
    for (let i = 0; i < this.#biased.length; i++) {
      const token = this.#biased[i] ?? 0;
      logits[token] = (logits[token] ?? 0) + (this.#bias[i] ?? 0);
    }
    const counts = this.#counts;
    for (let i = 0; i < (counts?.size ?? 0); i++) {
      const [token, times] = [counts?.tokens[i] ?? 0, counts?.times[i] ?? 0];
      let logit = logits[token] ?? 0;
      logit = logit > 0 ? logit / repetitionPenalty : logit * repetitionPenalty;
      logits[token] = logit - times * frequencyPenalty - (times > 0 ? presencePenalty : 0);
    }
    this.#constraint?.mask(logits);
  }

  #choose(logits: Float32Array): number {
    const { temperature, topK, topP, minP } = this.#config;
    const best = argmax(logits);
    const highest = logits[best] ?? 0;
    if (highest === Number.NEGATIVE_INFINITY && this.#constraint)
      throw new InternalError("a constraint leaves no token");
    if (temperature === 0 || !Number.isFinite(highest)) return best;
    const { ids, weights } = scratch;
    let count = topK > 0 ? keepLikeliest(logits, topK, ids) : -1;
    // What `minP` leaves out needs no weight, unless `topP` adds it up before.
    const least = topP === 1 && minP > 0 ? Math.max(HOPELESS, Math.log(minP) - 1e-9) : HOPELESS;
    count = weigh(logits, count, { highest, temperature, least });
    if (topP < 1) count = keepProbable(ids, weights, count, topP);
    return this.#draw(count, minP);
  }

  /** Draws by weight, in the order of ids, among those of at least `least`. The likeliest weighs 1. */
  #draw(count: number, least: number): number {
    const { ids, weights } = scratch;
    let total = 0;
    for (let i = 0; i < count; i++) if ((weights[i] ?? 0) >= least) total += weights[i] ?? 0;
    let left = this.#rng.uniform() * total;
    let last = ids[0] ?? 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i] ?? 0;
      if (weight < least) continue;
      last = ids[i] ?? 0;
      left -= weight;
      if (left < 0) break;
    }
    return last;
  }
}

/**
 * How likely each token is, the likeliest being 1.
 *
 * @param among How many of `ids` to weigh; below 0, all tokens.
 * @param least The logarithm of the least weight that is kept.
 */
function weigh(
  logits: Float32Array,
  among: number,
  { highest, temperature, least }: { highest: number; temperature: number; least: number },
): number {
  const { ids, weights } = scratch;
  const length = among < 0 ? logits.length : among;
  let count = 0;
  for (let i = 0; i < length; i++) {
    const id = among < 0 ? i : (ids[i] ?? 0);
    const power = ((logits[id] ?? 0) - highest) / temperature;
    if (!(power >= least)) continue;
    ids[count] = id;
    weights[count++] = exponential(power);
  }
  return count;
}
