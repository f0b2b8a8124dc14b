import { describe, expect, it } from "vitest";
import { compile, Input, ReferenceDevice } from "../engine/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../model/index.ts";
import { ByteTokenizer, CharacterTokenizer, type Tokenizer } from "../text/index.ts";
import { Decoder } from "./decoder.ts";
import { type FinishReason, generate } from "./generate.ts";
import { generateText, reply } from "./generate-text.ts";
import { type GenerationConfig, generationConfig } from "./generation-config.ts";
import { Sampler } from "./sampler.ts";
import { windowStart } from "./window.ts";

const contextWindow = 12;

/** A tokenizer whose models cannot end a text, so that tests know its length. */
const endless = <T extends Tokenizer>(tokenizer: T): T =>
  Object.assign(tokenizer, { special: { ...tokenizer.special, eos: -1 } });

function load(tokenizer: Tokenizer, options: Partial<ModelOptions> = {}) {
  const shape = { contextWindow, width: 16, layers: 2, heads: 4, deviation: 0.4, ...options };
  const model = new Transformer(modelConfig({ vocabulary: tokenizer.size, ...shape }));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
  return { model, weights, tokenizer };
}
type Loaded = ReturnType<typeof load>;

async function collect(pieces: AsyncGenerator<string, FinishReason>) {
  const all: string[] = [];
  for (;;) {
    const { value, done } = await pieces.next();
    if (done) return { text: all.join(""), pieces: all, finish: value };
    all.push(value);
  }
}

const goOn = (
  loaded: Loaded,
  prompt: string | readonly number[],
  config: Partial<GenerationConfig> = {},
  signal?: AbortSignal,
) =>
  collect(
    generateText(new Decoder(loaded), loaded.tokenizer, prompt, { config: generationConfig(config), signal }),
  );

/** The same text by a pass over all that the model sees, for every token anew. */
function naive({ model, weights, tokenizer }: Loaded, prompt: string, config: GenerationConfig): string {
  const ids = [tokenizer.special.bos, ...tokenizer.encode(prompt)];
  const made: number[] = [];
  const sampler = new Sampler(config, { vocabulary: tokenizer.size, prompt: ids });
  while (made.length < config.maxNewTokens) {
    const seen = [...ids, ...made].slice(windowStart(ids.length + made.length, contextWindow));
    const input = new Input("ids", [1, seen.length], { dtype: "i32" });
    const program = compile({ layout: weights.layout, outputs: { logits: model.forward(input) } });
    const executable = weights.device.load(program, { parameters: weights.region });
    executable.write("ids", seen);
    executable.run();
    const token = sampler.next(executable.read("logits").slice(-tokenizer.size));
    executable.release();
    if (token === tokenizer.special.eos) break;
    made.push(token);
  }
  return tokenizer.decode(made);
}

const characters = endless(CharacterTokenizer.fit(["abcdefgh"], { special: "text" }));

describe.each<[string, Partial<ModelOptions>]>([
  ["classic", {}],
  ["llama", { preset: "llama", kvHeads: 2 }],
  ["modern", { preset: "modern" }],
])("a %s model", (_, options) => {
  const loaded = load(characters, options);

  it.each(["", "abc", "abcdefghabcd", "abcdefghabcdefghabcdefgh"])(
    "goes on with %j over several windows as passes over each would",
    async (prompt) => {
      const config = generationConfig({ maxNewTokens: 50, temperature: 1, seed: 5 });
      const { text } = await goOn(loaded, prompt, config);
      expect(text).toBe(naive(loaded, prompt, config));
    },
  );

  it("goes on with its own tokens as it would have gone on", async () => {
    const tokens = async (prompt: readonly number[], maxNewTokens: number): Promise<number[]> => {
      const options = { eos: -1, config: generationConfig({ maxNewTokens }), slide: true };
      const made: number[] = [];
      for await (const token of generate(new Decoder(loaded), prompt, options)) made.push(token);
      return made;
    };
    const whole = await tokens([1, 4, 5], 40);
    expect(whole).toHaveLength(40);
    expect(await tokens([1, 4, 5, ...whole.slice(0, 23)], 17)).toEqual(whole.slice(23));
  });
});

describe("generateText", () => {
  const loaded = load(characters);

  it("takes token ids as they are", async () => {
    const ids = [characters.special.bos, ...characters.encode("ab")];
    expect(await goOn(loaded, ids)).toEqual(await goOn(loaded, "ab"));
  });

  it("leaves out a stop sequence and what follows", async () => {
    const { text } = await goOn(loaded, "abc", { maxNewTokens: 30, temperature: 1 });
    const stop = text.slice(9, 12);
    const stopped = await goOn(loaded, "abc", {
      maxNewTokens: 30,
      temperature: 1,
      stopSequences: ["#", stop],
    });
    expect(stopped).toMatchObject({ text: text.slice(0, text.indexOf(stop)), finish: "stop" });
  });

  it("tells that it was aborted, and keeps what there is", async () => {
    const abort = new AbortController();
    const options = { config: generationConfig({ maxNewTokens: 30 }), signal: abort.signal };
    const pieces = generateText(new Decoder(loaded), characters, "abc", options);
    const first = await pieces.next();
    abort.abort();
    expect(first.done).toBe(false);
    expect(await pieces.next()).toEqual({ done: true, value: "aborted" });
  });

  it("never cuts a character", async () => {
    const bytes = load(endless(new ByteTokenizer()));
    const { pieces, text } = await goOn(bytes, "é€😀", { maxNewTokens: 200, temperature: 1 });
    const lone = /[\ud800-\udbff]$|^[\udc00-\udfff]/;
    expect(pieces.filter((piece) => lone.test(piece))).toEqual([]);
    expect(text.length).toBeGreaterThan(50);
  });

  it("names special tokens where it shall", async () => {
    const config = generationConfig({ maxNewTokens: 200, temperature: 1 });
    const shown = await collect(
      generateText(new Decoder(loaded), characters, "abc", { config, showSpecial: true }),
    );
    const { text } = await goOn(loaded, "abc", config);
    expect(shown.text).toMatch(/<bos>|<pad>|<eos>/);
    expect(shown.text.replaceAll(/<\w+>/g, "")).toBe(text);
  });

  it("refuses an empty stop sequence", () => {
    expect(() => generationConfig({ stopSequences: [""] })).toThrow(
      expect.objectContaining({ code: "generation-config" }),
    );
  });
});

describe("reply", () => {
  const loaded = load(CharacterTokenizer.fit(["abcdefgh"], { special: "chat" }));
  const answer = (prompt: Parameters<typeof reply>[2]) =>
    collect(
      reply(new Decoder(loaded), loaded.tokenizer, prompt, { config: generationConfig({ maxNewTokens: 5 }) }),
    );

  it("takes one message, or several", async () => {
    expect(await answer("ab")).toEqual(await answer([{ role: "user", text: "ab" }]));
    const after = await answer([
      { role: "user", text: "c" },
      { role: "assistant", text: "d" },
      { role: "user", text: "ab" },
    ]);
    expect(after).not.toEqual(await answer("ab"));
  });

  it("refuses messages that fill the context window", async () => {
    await expect(answer("abcdefghabcdefgh")).rejects.toMatchObject({ code: "prompt-too-long" });
  });
});
