import { describe, expect, it } from "vitest";
import { decodeText, Rng } from "../../base/index.ts";
import { ReferenceDevice } from "../../engine/index.ts";
import { Decoder } from "../../generate/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../../model/index.ts";
import { CharacterTokenizer } from "../../text/index.ts";
import { encodeOnnx } from "./encode-onnx.ts";
import { onnxFolder } from "./onnx-folder.ts";
import { type OnnxModel, readOnnx } from "./read-onnx.contract.ts";
import { type Numbers, runOnnx } from "./run-onnx.contract.ts";

const tokenizer = CharacterTokenizer.fit(["abcdefg"]);
const shape = {
  vocabulary: tokenizer.size,
  contextWindow: 24,
  width: 16,
  layers: 2,
  heads: 4,
  deviation: 0.4,
};
const everything = { zeroProjections: false, valueResidual: true, residualScalars: true } as const;
const models: Readonly<Record<string, ModelOptions>> = {
  classic: { ...shape },
  "classic without biases": { ...shape, biases: false, tied: false, gelu: "erf" },
  llama: { ...shape, preset: "llama", kvHeads: 2, theta: 500 },
  "llama with its embedding as head": { ...shape, preset: "llama", tied: true },
  modern: { ...shape, ...everything, preset: "modern", kvHeads: 2, bigrams: 60 },
  "modern with exact pairs": {
    ...shape,
    preset: "modern",
    zeroProjections: false,
    activation: "relu-squared",
  },
  "modern without pairs": {
    ...shape,
    preset: "modern",
    zeroProjections: false,
    bigrams: 0,
    activation: "swiglu",
  },
};

function load(options: ModelOptions) {
  const model = new Transformer(modelConfig(options));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
  const rng = new Rng(4);
  // What begins as 0 or 1 would hide where it goes.
  for (const parameter of model.parameters) {
    if (parameter.initializer.kind !== "normal")
      weights.write(
        parameter,
        weights.read(parameter).map((value) => value + 0.3 * rng.normal()),
      );
  }
  return { model, weights, tokenizer };
}

const random = (rng: Rng, count: number): number[] =>
  Array.from({ length: count }, () => rng.below(tokenizer.size));

/** A caller of an exported graph, one row for each sequence, filled up at the left. */
class Caller {
  readonly #model: OnnxModel;
  #past: [string, Numbers][];
  #mask: number[][];

  constructor(model: OnnxModel, rows: number) {
    this.#model = model;
    this.#mask = Array.from({ length: rows }, () => []);
    this.#past = model.inputs
      .filter(({ name }) => name.startsWith("past_key_values."))
      .map(({ name, shape: [, heads, , width] }) => [
        name,
        { shape: [rows, heads as number, 0, width as number], data: [] },
      ]);
  }

  /** The logits after the newest token of each row. */
  feed(sequences: readonly (readonly number[])[]): number[][] {
    const time = Math.max(...sequences.map(({ length }) => length));
    const rows = sequences.length;
    const padded = sequences.map((ids) => [...Array<number>(time - ids.length).fill(3), ...ids]);
    this.#mask = this.#mask.map((mask, row) => [
      ...mask,
      ...(padded[row]?.map((_, index) => Number(index >= time - (sequences[row]?.length ?? 0))) ?? []),
    ]);
    const positions = this.#mask.map((mask) => {
      let next = 0;
      return mask.map((seen) => (seen ? next++ : 1)).slice(-time);
    });
    const total = this.#mask[0]?.length ?? 0;
    const results = runOnnx(this.#model, {
      ...Object.fromEntries(this.#past),
      input_ids: { shape: [rows, time], data: padded.flat() },
      attention_mask: { shape: [rows, total], data: this.#mask.flat() },
      position_ids: { shape: [rows, time], data: positions.flat() },
    });
    this.#past = this.#past.map(([name]) => [
      name,
      results.get(name.replace("past_key_values", "present")) as Numbers,
    ]);
    const { shape: extents, data } = results.get("logits") as Numbers;
    const vocabulary = extents[2] ?? 0;
    expect(extents).toEqual([rows, time, tokenizer.size]);
    return sequences.map((_, row) =>
      data.slice(((row + 1) * time - 1) * vocabulary, (row + 1) * time * vocabulary),
    );
  }
}

function expectClose(actual: readonly number[][], expected: readonly Float32Array[]): void {
  for (const [row, logits] of expected.entries()) {
    for (const [i, value] of logits.entries()) expect(actual[row]?.[i]).toBeCloseTo(value, 4);
  }
}

describe.each(Object.entries(models))("%s as ONNX", (_, options) => {
  const checkpoint = load(options);
  const { config } = checkpoint.model;
  const model = readOnnx(encodeOnnx(checkpoint));

  it("computes what we compute, for a prompt and step by step with the cache", () => {
    const rng = new Rng(2);
    const [caller, decoder] = [new Caller(model, 1), new Decoder(checkpoint)];
    const prompt = random(rng, 7);
    expectClose(caller.feed([prompt]), decoder.prefill([prompt]));
    for (let step = 0; step < 3; step++) {
      const next = random(rng, 1);
      expectClose(caller.feed([next]), decoder.step(next));
    }
  });

  it("keeps rows of different length apart, filled up at the left", () => {
    const rng = new Rng(3);
    const [caller, decoder] = [new Caller(model, 3), new Decoder({ ...checkpoint, rows: 3 })];
    const prompts = [random(rng, 6), random(rng, 1), random(rng, 4)];
    expectClose(caller.feed(prompts), decoder.prefill(prompts));
    const next = random(rng, 3);
    expectClose(caller.feed(next.map((id) => [id])), decoder.step(next));
  });

  it("is well-formed", () => {
    const names = [...model.inputs, ...model.initializers].map(({ name }) => name);
    const known = new Set(names);
    for (const { inputs, outputs, name } of model.nodes) {
      for (const input of inputs) expect(known, `an input of ${name}`).toContain(input);
      for (const output of outputs) {
        names.push(output);
        known.add(output);
      }
    }
    expect(known.size, "no name twice").toBe(names.length);
    expect(new Set(model.nodes.map(({ name }) => name)).size).toBe(model.nodes.length);
    const widths: Record<number, number> = { 1: 4, 7: 8, 10: 2 };
    for (const { shape: extents, type, bytes, name } of model.initializers)
      expect(bytes.length, name).toBe(extents.reduce((size, extent) => size * extent, widths[type] ?? 0));
    expect([model.opset, model.irVersion]).toEqual([18, 8]);
  });

  it("has the inputs and outputs that transformers.js asks for", () => {
    const layers = config.layers + (config.bigrams > 0 ? 1 : 0);
    const pairs = (prefix: string): string[] =>
      Array.from({ length: layers }, (__, layer) => [
        `${prefix}.${layer}.key`,
        `${prefix}.${layer}.value`,
      ]).flat();
    const first = ["input_ids", "attention_mask", "position_ids"];
    expect(model.inputs.map(({ name }) => name)).toEqual([...first, ...pairs("past_key_values")]);
    expect(model.outputs.map(({ name }) => name).sort()).toEqual(["logits", ...pairs("present")].sort());
    const headWidth = config.width / config.heads;
    const kept = ["batch_size", config.kvHeads, "past_sequence_length", headWidth];
    for (const { name, shape: extents, type } of model.inputs) {
      expect(type).toBe(first.includes(name) ? 7 : 1);
      if (!first.includes(name)) expect(extents).toEqual(kept);
    }
  });
});

describe("weights of f16", () => {
  it("take half the bytes and compute nearly the same", () => {
    const checkpoint = load({ ...shape, preset: "llama" });
    const [whole, half] = [encodeOnnx(checkpoint), encodeOnnx(checkpoint, { type: "f16" })];
    const weights = checkpoint.weights.layout.words;
    expect(whole.length - half.length).toBeGreaterThan(2 * weights - 4000);
    const ids = random(new Rng(5), 6);
    const [a = [], b = []] = [whole, half].map((bytes) => new Caller(readOnnx(bytes), 1).feed([ids])[0]);
    const furthest = Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? 0))));
    expect(furthest).toBeGreaterThan(0);
    expect(furthest).toBeLessThan(0.02);
  });

  it("are refused where F16 has no such number", () => {
    const checkpoint = load({ ...shape });
    checkpoint.weights.write(
      checkpoint.model.tokens,
      new Float32Array(checkpoint.model.tokens.size).fill(70_000),
    );
    expect(() => encodeOnnx(checkpoint, { type: "f16" })).toThrow(
      "tokens.weight holds 70000, which F16 cannot hold (at most 65504). Take f32.",
    );
  });
});

describe("onnxFolder", () => {
  const json = (files: Map<string, Uint8Array>, name: string): Record<string, unknown> =>
    JSON.parse(decodeText(files.get(name) ?? new Uint8Array())) as Record<string, unknown>;

  it("holds what transformers.js opens", () => {
    const files = onnxFolder(load({ ...shape, preset: "llama" }));
    expect([...files.keys()].sort()).toEqual([
      "config.json",
      "generation_config.json",
      "onnx/model.onnx",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect(json(files, "config.json")["model_type"]).toBe("llama");
    expect(json(files, "tokenizer_config.json")["chat_template"]).toContain("<sep>");
    expect(json(files, "generation_config.json")["eos_token_id"]).toBe(tokenizer.special.eos);
    expect([...onnxFolder(load({ ...shape }), { type: "f16" }).keys()]).toContain("onnx/model_fp16.onnx");
  });

  it("says of a model of ours how its cache is shaped", () => {
    const config = json(onnxFolder(load(models["modern"] as ModelOptions)), "config.json");
    expect(config).toMatchObject({
      model_type: "llama",
      num_hidden_layers: 3,
      num_key_value_heads: 2,
      head_dim: 4,
    });
  });

  it("refuses what is larger than ONNX allows, before it is read", () => {
    const model = new Transformer(modelConfig({ ...shape, vocabulary: 2 ** 25 }));
    const weights = { read: () => expect.unreachable("weights are read") } as unknown as Weights;
    expect(() => encodeOnnx({ model, weights })).toThrow("2.0 GiB, but an ONNX file holds less than 2 GiB");
  });
});
