import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { type GenerationConfig, generationConfig } from "./generation-config.ts";
import { Sampler } from "./sampler.ts";

const vocabulary = 6;

/** The logits after the controls, of a reply that went `said`, as an observer of the last choice sees them. */
function controlled(
  logits: readonly number[],
  options: Partial<GenerationConfig>,
  { prompt = [] as number[], said = [] as number[] } = {},
): number[] {
  const sampler = new Sampler(generationConfig(options), { vocabulary: logits.length, prompt });
  for (const token of said) {
    // Whatever the penalties, this token is chosen.
    const forced = new Float32Array(logits.length).fill(-1e6);
    forced[token] = 1e6;
    expect(sampler.next(forced)).toBe(token);
  }
  const changed = Float32Array.from(logits);
  sampler.next(changed);
  return Array.from(changed);
}

describe("each control, by hand", () => {
  const logits = [2, 1, 0, -1, -2, 0.5];

  it("logitBias adds to the tokens that it names", () => {
    expect(controlled(logits, { logitBias: { 0: -100, 3: 4.5 } })).toEqual([-98, 1, 0, 3.5, -2, 0.5]);
  });

  it("repetitionPenalty divides above 0 and multiplies below, of prompt and reply, once each", () => {
    const history = { prompt: [0, 0, 3], said: [4, 4] };
    expect(controlled(logits, { repetitionPenalty: 2 }, history)).toEqual([1, 1, 0, -2, -4, 0.5]);
  });

  it("frequencyPenalty takes for each time, presencePenalty once; of the reply alone", () => {
    const history = { prompt: [1, 1], said: [0, 0, 5] };
    expect(controlled(logits, { frequencyPenalty: 0.25 }, history)).toEqual([1.5, 1, 0, -1, -2, 0.25]);
    expect(controlled(logits, { presencePenalty: 0.5 }, history)).toEqual([1.5, 1, 0, -1, -2, 0]);
  });

  it("come in their order: bias, repetition, frequency and presence", () => {
    const options = {
      logitBias: { 0: 2 },
      repetitionPenalty: 2,
      frequencyPenalty: 0.5,
      presencePenalty: 0.25,
    };
    expect(controlled(logits, options, { said: [0, 0] })[0]).toBe((2 + 2) / 2 - 2 * 0.5 - 0.25);
  });

  it("a token that does not exist has no bias", () => {
    const biased = () => new Sampler(generationConfig({ logitBias: { 6: 1 } }), { vocabulary });
    expect(biased).toThrow(
      expect.objectContaining({
        code: "generation-config",
        message: expect.stringMatching(/names the token 6, .* end at 5/),
      }),
    );
  });

  it("minP keeps what is at least that fraction as likely as the likeliest", () => {
    const from = Float32Array.from([0.5, 0.26, 0.24], Math.log);
    const sampler = new Sampler(generationConfig({ temperature: 1, minP: 0.5 }), { vocabulary: 3 });
    const drawn = new Set(Array.from({ length: 300 }, () => sampler.next(from.slice())));
    expect([...drawn].sort()).toEqual([0, 1]);
    const strict = new Sampler(generationConfig({ temperature: 1, minP: 1 }), { vocabulary: 3 });
    expect(Array.from({ length: 50 }, () => strict.next(from.slice()))).toEqual(Array(50).fill(0));
  });

  it("a constraint has the last word, and hears what was chosen", () => {
    const heard: number[] = [];
    const constraint = {
      ended: false,
      mask: (all: Float32Array) => void all.fill(Number.NEGATIVE_INFINITY, 0, 4),
      accept: (token: number) => void heard.push(token),
    };
    const config = generationConfig({ logitBias: { 0: 100 } });
    const sampler = new Sampler(config, { vocabulary, constraint });
    expect(sampler.next(Float32Array.from(logits))).toBe(5);
    const warm = new Sampler({ ...config, temperature: 5 }, { vocabulary, constraint });
    for (let i = 0; i < 50; i++) expect(warm.next(Float32Array.from(logits))).toBeGreaterThan(3);
    expect(heard.every((token) => token > 3)).toBe(true);
    expect(heard).toHaveLength(51);
    const none = { ...constraint, mask: (all: Float32Array) => void all.fill(Number.NEGATIVE_INFINITY) };
    const stuck = new Sampler(config, { vocabulary, constraint: none });
    expect(() => stuck.next(Float32Array.from(logits))).toThrow(/^internal: a constraint leaves no token/);
  });
});

describe("log-probabilities", () => {
  it("are the model's own, whatever the controls", () => {
    const config = generationConfig({ logitBias: { 2: 50 }, temperature: 0 });
    const sampler = new Sampler(config, { vocabulary: 4 });
    expect(sampler.observed).toBeUndefined();
    sampler.observe(2);
    expect(sampler.next(Float32Array.from([0.25, 0.5, 0.125, 0.125], Math.log))).toBe(2);
    const { token, logprob, alternatives } = sampler.observed ?? expect.fail("nothing observed");
    expect([token, logprob]).toEqual([2, expect.closeTo(Math.log(0.125), 6)]);
    expect(alternatives).toEqual([
      { token: 1, logprob: expect.closeTo(Math.log(0.5), 6) },
      { token: 0, logprob: expect.closeTo(Math.log(0.25), 6) },
    ]);
  });

  it("are those of a plain log softmax, the likeliest in order", () => {
    const numbers = fc.array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: 0, max: 20 }), (list, count) => {
        const logits = Float32Array.from(list);
        const sum = Array.from(logits, Math.exp).reduce((all, each) => all + each, 0);
        const plain = Array.from(logits, (logit, token) => ({ token, logprob: logit - Math.log(sum) }));
        plain.sort((a, b) => (logits[b.token] ?? 0) - (logits[a.token] ?? 0) || a.token - b.token);
        const sampler = new Sampler(generationConfig(), { vocabulary: logits.length });
        sampler.observe(count);
        const token = sampler.next(logits);
        const seen = sampler.observed;
        expect(token).toBe(plain[0]?.token);
        expect(seen?.logprob).toBeCloseTo(plain[0]?.logprob ?? 1, 6);
        expect(seen?.alternatives.map((each) => each.token)).toEqual(
          plain.slice(0, count).map((each) => each.token),
        );
      }),
      { numRuns: 200 },
    );
  });
});

/** All controls as their definitions say them, with sorting and dense arrays. */
function slowly(config: GenerationConfig, prompt: readonly number[]) {
  const rng = new Rng(config.seed, 0x5a);
  const said: number[] = [];
  const choose = (raw: Float32Array): number => {
    const logits = Float32Array.from(raw, (logit, token) => logit + (config.logitBias[token] ?? 0));
    for (let token = 0; token < logits.length; token++) {
      const times = said.filter((each) => each === token).length;
      if (times === 0 && !prompt.includes(token)) continue;
      const logit = logits[token] ?? 0;
      const { repetitionPenalty: penalty, frequencyPenalty, presencePenalty } = config;
      logits[token] =
        (logit > 0 ? logit / penalty : logit * penalty) -
        times * frequencyPenalty -
        (times > 0 ? presencePenalty : 0);
    }
    const order = [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0) || a - b);
    const [best = 0] = order;
    if (config.temperature === 0) return best;
    const weight = (token: number): number =>
      Math.exp(((logits[token] ?? 0) - (logits[best] ?? 0)) / config.temperature);
    const among = order.slice(0, config.topK || order.length);
    const enough = config.topP * among.reduce((sum, token) => sum + weight(token), 0);
    let reached = 0;
    const kept = among.filter((token, place) => {
      const in_ = place === 0 || reached < enough;
      reached += weight(token);
      return in_ && weight(token) >= config.minP;
    });
    kept.sort((a, b) => a - b);
    let left = rng.uniform() * kept.reduce((sum, token) => sum + weight(token), 0);
    for (const token of kept) {
      left -= weight(token);
      if (left < 0) return token;
    }
    return kept.at(-1) ?? best;
  };
  return (raw: Float32Array): number => {
    const token = choose(raw);
    said.push(token);
    return token;
  };
}

describe("a sampler chooses what a slow one does", () => {
  const config = fc.record({
    temperature: fc.constantFrom(0, 0.3, 1, 1.7, 20),
    topK: fc.constantFrom(0, 0, 1, 3, 10, 100),
    topP: fc.constantFrom(1, 1, 0, 0.3, 0.777, 0.9, 0.99),
    minP: fc.constantFrom(0, 0, 0.05, 0.5, 1),
    repetitionPenalty: fc.constantFrom(1, 1.3, 0.7),
    frequencyPenalty: fc.constantFrom(0, 0.4, -0.6),
    presencePenalty: fc.constantFrom(0, 0.9, -1.1),
    seed: fc.nat(1000),
    logitBias: fc.constantFrom({}, { 1: 3.5 }, { 0: -100, 5: 2 }),
  });

  it.each([
    ["few tokens", 7, 1],
    // Equal logits are kept in order of their ids.
    ["many equals", 50, 0],
    ["a long vocabulary", 700, 5],
  ])("among %s", (_, size, spread) => {
    fc.assert(
      fc.property(config, (options) => {
        const full = generationConfig(options);
        const prompt = [1, 2, 2];
        const sampler = new Sampler(full, { vocabulary: size, prompt });
        const slow = slowly(full, prompt);
        const rng = new Rng(full.seed, 7);
        for (let i = 0; i < 12; i++) {
          const logits = Float32Array.from({ length: size }, () =>
            spread === 0 ? rng.below(3) : spread * rng.normal(),
          );
          const expected = slow(logits);
          expect(sampler.next(logits)).toBe(expected);
        }
      }),
      { numRuns: 120 },
    );
  });

  it("by itself: what others draw between changes nothing", () => {
    const full = generationConfig({ temperature: 1, topP: 0.9, seed: 4 });
    const logits = (): Float32Array => Float32Array.from({ length: 40 }, (_, token) => (token * 7) % 5);
    const alone = new Sampler(full, { vocabulary: 40 });
    const expected = Array.from({ length: 20 }, () => alone.next(logits()));
    const [first, other] = [0, 1].map((row) => new Sampler(full, { vocabulary: 40, row }));
    const rows = Array.from({ length: 20 }, () => [first?.next(logits()), other?.next(logits())]);
    expect(rows.map(([token]) => token)).toEqual(expected);
    expect(rows.map(([, token]) => token)).not.toEqual(expected);
  });
});
