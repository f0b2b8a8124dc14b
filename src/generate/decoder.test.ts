import { describe, expect, it } from "vitest";
import { Rng } from "../base/index.ts";
import { compile, Input, ReferenceDevice } from "../engine/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../model/index.ts";
import { CharacterTokenizer } from "../text/index.ts";
import { Decoder } from "./decoder.ts";
import { generate, replyToAll } from "./generate.ts";
import { reply } from "./generate-text.ts";
import { generationConfig } from "./generation-config.ts";

const tokenizer = CharacterTokenizer.fit(["abcdefg"]);
const contextWindow = 40;
const shape = { vocabulary: tokenizer.size, contextWindow, width: 16, layers: 2, heads: 4, deviation: 0.4 };
const presets: Readonly<Record<string, ModelOptions>> = {
  classic: { ...shape },
  llama: { ...shape, preset: "llama", kvHeads: 2 },
  modern: {
    ...shape,
    ...{
      preset: "modern",
      kvHeads: 2,
      zeroProjections: false,
      valueResidual: true,
      residualScalars: true,
      bigrams: 60,
    },
  },
};

function load(options: ModelOptions) {
  const model = new Transformer(modelConfig(options));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
  // Shares that begin as 1 and 0 would hide what they mix.
  for (const { shares } of model.blocks) if (shares) weights.write(shares, [0.8, 0.3]);
  return { model, weights };
}

/** The logits after a sequence, by a pass over all of it. */
function forward({ model, weights }: ReturnType<typeof load>, ids: readonly number[]): Float32Array {
  const input = new Input("ids", [1, ids.length], { dtype: "i32" });
  const program = compile({ layout: weights.layout, outputs: { logits: model.forward(input) } });
  const executable = weights.device.load(program, { parameters: weights.region });
  executable.write("ids", ids);
  executable.run();
  return executable.read("logits").slice(-model.config.vocabulary);
}

const expectClose = (actual: Float32Array | undefined, expected: Float32Array): void => {
  expect(actual?.length).toBe(expected.length);
  for (const [i, value] of expected.entries()) expect(actual?.[i]).toBeCloseTo(value, 4);
};

describe.each(Object.entries(presets))("decoding %s with a cache", (_, options) => {
  const loaded = load(options);
  const rng = new Rng(9);
  const random = (count: number): number[] => Array.from({ length: count }, () => rng.below(tokenizer.size));

  it.each([1, 2, 15, 16, 17, 33, 39, 40])(
    "gives the logits of a whole pass after a prompt of %i",
    (length) => {
      const prompt = random(length);
      expectClose(new Decoder(loaded).prefill([prompt])[0], forward(loaded, prompt));
    },
  );

  it("gives the logits of a whole pass at every step after", () => {
    const decoder = new Decoder(loaded);
    const sequence = random(5);
    decoder.prefill([sequence]);
    while (sequence.length < contextWindow) {
      sequence.push(...random(1));
      expectClose(decoder.step(sequence.slice(-1))[0], forward(loaded, sequence));
    }
  });

  it("keeps rows of different length apart, and starts anew with each prompt", () => {
    const prompts = [random(3), random(20), random(38)];
    const decoder = new Decoder({ ...loaded, rows: 3 });
    decoder.prefill([random(30), random(30), random(2)]);
    decoder.prefill(prompts);
    for (let step = 0; step < 2; step++) {
      const next = random(3);
      const logits = decoder.step(next);
      for (const [row, prompt] of prompts.entries()) {
        prompt.push(next[row] ?? 0);
        expectClose(logits[row], forward(loaded, prompt));
      }
    }
  });

  it("refuses a prompt that does not fit, with the figures", () => {
    expect(() => new Decoder(loaded).prefill([random(43)])).toThrow(
      expect.objectContaining({
        code: "prompt-too-long",
        message: "The prompt is 43 tokens, but the model's context window holds 40. Shorten it by 3 or more.",
      }),
    );
  });
});

describe("generate", () => {
  const loaded = load(presets["classic"] ?? shape);
  const { eos } = tokenizer.special;

  async function collect(
    config: Parameters<typeof generationConfig>[0],
    ids = [1, 5, 2],
    signal?: AbortSignal,
  ) {
    const tokens: number[] = [];
    const options = { eos: -1, config: generationConfig(config), ...(signal ? { signal } : {}) };
    const stream = generate(new Decoder(loaded), ids, options);
    for (;;) {
      const { value, done } = await stream.next();
      if (done) return { tokens, finish: value };
      tokens.push(value);
    }
  }

  it("ends at maxNewTokens, or when the context window is full", async () => {
    expect(await collect({ maxNewTokens: 7 })).toMatchObject({ finish: "length", tokens: { length: 7 } });
    const full = await collect({ maxNewTokens: 100 });
    expect(full.finish).toBe("length");
    expect(full.tokens).toHaveLength(contextWindow - 3 + 1);
  });

  it("repeats itself for the same seed and varies with others", async () => {
    const draw = (seed: number) => collect({ temperature: 1.5, maxNewTokens: 20, seed });
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });

  it("stops within a token of being aborted", async () => {
    expect(await collect({}, [1], AbortSignal.abort())).toEqual({ tokens: [], finish: "aborted" });
  });

  it("ends at the end of the turn and leaves it out", async () => {
    const first = (await collect({ maxNewTokens: 1 })).tokens[0] ?? -1;
    const stream = generate(new Decoder(loaded), [1, 5, 2], { eos: first, config: generationConfig() });
    expect(await stream.next()).toEqual({ done: true, value: "stop" });
  });

  it("answers many at once as it answers each alone", async () => {
    const questions = ["a", "bcd", "gfedcba", "dd"];
    const prompts = questions.map((text) => [1, ...tokenizer.encode(text), 2]);
    const together = replyToAll(new Decoder({ ...loaded, rows: 4 }), prompts, {
      tokenizer,
      maxNewTokens: 12,
    });
    const alone = await Promise.all(
      questions.map(async (question) => {
        let text = "";
        const config = generationConfig({ maxNewTokens: 12 });
        for await (const piece of reply(new Decoder(loaded), tokenizer, question, { config })) text += piece;
        return text;
      }),
    );
    expect(together).toEqual(alone);
    expect(eos).toBe(3);
  });
});
