import { beforeEach, describe, expect, it } from "vitest";
import { decodeText, MemoryStorage, Rng } from "../base/index.ts";
import { compile, Input, ReferenceDevice } from "../engine/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../model/index.ts";
import { CharacterTokenizer } from "../text/index.ts";
import { type Checkpoint, encodeCheckpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { decodeSafetensors, encodeSafetensors, type WrittenTensor } from "./safetensors.ts";
import { inForm, outOfForm, type WeightForm } from "./weight-form.ts";

const tokenizer = CharacterTokenizer.fit(["abcdefg"]);
const shape = { vocabulary: tokenizer.size, contextWindow: 8, width: 16, layers: 2, heads: 2 };
const models: Readonly<Record<string, ModelOptions>> = {
  classic: { ...shape, deviation: 0.1 },
  "classic, untied": { ...shape, tied: false, deviation: 0.1 },
  llama: { ...shape, preset: "llama", kvHeads: 1, deviation: 0.1 },
  modern: { ...shape, preset: "modern", bigrams: 32, zeroProjections: false, deviation: 0.1 },
};

/** A checkpoint whose vectors are no round numbers, as after a training. */
function makeCheckpoint(options: ModelOptions): Checkpoint {
  const model = new Transformer(modelConfig(options));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(5);
  const rng = new Rng(9);
  for (const parameter of model.parameters) {
    if (parameter.shape.length >= 2) continue;
    const values = weights.read(parameter).map((value) => value + 0.1 * rng.normal());
    weights.write(parameter, values);
  }
  return { model, weights, tokenizer };
}

async function reloaded(
  checkpoint: Checkpoint,
  form: WeightForm,
): Promise<[Checkpoint, Map<string, Uint8Array>]> {
  const storage = new MemoryStorage();
  await saveCheckpoint(storage, "c", checkpoint, { form });
  const files = new Map<string, Uint8Array>();
  for (const { name } of await storage.list("c")) {
    files.set(name, (await storage.read(`c/${name}`)) ?? new Uint8Array());
  }
  return [await loadCheckpoint(storage, "c", new ReferenceDevice()), files];
}

function logits({ model, weights }: Checkpoint): Float32Array {
  const ids = new Input("ids", [1, 8], { dtype: "i32", below: tokenizer.size });
  const program = weights.device.load(
    compile({ layout: weights.layout, outputs: { logits: model.forward(ids) } }),
    { parameters: weights.region },
  );
  program.write("ids", Int32Array.of(1, 4, 5, 6, 7, 8, 9, 10));
  program.run();
  return program.read("logits");
}

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** The most that a weight may be off: of a value, or of the largest of its tensor. */
const bounds = { f16: [2 ** -11, 0], bf16: [2 ** -8, 0], int8: [0, 0.5 / 126] } as const;
const forms = ["f16", "bf16", "int8"] as const;

describe.each(Object.entries(models))("weights of %s", (_, options) => {
  const saved = makeCheckpoint(options);

  it.each(forms)("as %s come back close to what they were", async (form) => {
    const [loaded, files] = await reloaded(saved, form);
    const [ofValue, ofLargest] = bounds[form];
    for (const [i, parameter] of saved.model.parameters.entries()) {
      const [before, after] = [
        saved.weights.read(parameter),
        loaded.weights.read(loaded.model.parameters[i] ?? parameter),
      ];
      const vector = form === "int8" && parameter.shape.length < 2;
      const most = ofLargest * largest(before) + 2 ** -25;
      for (const [j, value] of before.entries()) {
        const bound = vector ? 2 ** -11 * Math.abs(value) + 2 ** -25 : ofValue * Math.abs(value) + most;
        expect(Math.abs((after[j] ?? 0) - value), parameter.name).toBeLessThanOrEqual(bound);
      }
    }
    const weightFile = form === "int8" ? "model.int8.safetensors" : "model.safetensors";
    expect([...files.keys()].filter((name) => name.endsWith(".safetensors"))).toEqual([weightFile]);
    const { length = 0 } = encodeCheckpoint(saved).get("model.safetensors") ?? {};
    expect(files.get(weightFile)?.length).toBeLessThan((form === "int8" ? 0.6 : 0.75) * length);
  });

  it.each(forms)("as %s give almost the same logits", async (form) => {
    const [loaded] = await reloaded(saved, form);
    const [before, after] = [logits(saved), logits(loaded)];
    const most = { f16: 0.002, bf16: 0.02, int8: 0.03 }[form] * largest(before);
    expect(largest(before.map((value, i) => value - (after[i] ?? 0)))).toBeLessThan(most);
    expect(after).not.toEqual(before);
  });

  it.each(forms)("as %s lose nothing more when they are saved again", async (form) => {
    const [loaded, files] = await reloaded(saved, form);
    const [again, sameFiles] = await reloaded(loaded, form);
    expect(sameFiles).toEqual(files);
    const all = ({ weights }: Checkpoint): Float32Array => weights.region.read(0, weights.region.words);
    expect(all(again)).toEqual(all(loaded));
  });
});

describe("a file of weights", () => {
  it.each([
    ["f16", "F16", "float16"],
    ["bf16", "BF16", "bfloat16"],
  ] as const)("of %s has one dtype throughout, and config.json says it", async (form, dtype, name) => {
    const [, files] = await reloaded(makeCheckpoint(models["llama"] ?? shape), form);
    const bytes = files.get("model.safetensors") ?? new Uint8Array();
    const header = decodeText(
      bytes.subarray(8, 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))),
    );
    const dtypes = [...header.matchAll(/"dtype":"(\w+)"/g)].map(([, each]) => each);
    expect(new Set(dtypes)).toEqual(new Set([dtype]));
    expect(JSON.parse(decodeText(files.get("config.json") ?? new Uint8Array()))).toMatchObject({
      dtype: name,
    });
  });

  it("refuses weights that F16 has no numbers for, with the tensor's name", () => {
    const { model, weights } = makeCheckpoint(shape);
    const tensors = new Map([
      ["transformer.ln_f.weight", { shape: [16], values: new Float32Array(16).fill(70000) }],
    ]);
    expect(() => inForm(model, tensors, "f16")).toThrow(
      expect.objectContaining({
        code: "weights-too-large",
        message: expect.stringMatching(/^transformer.ln_f.weight holds 70000/),
      }),
    );
    expect(inForm(model, tensors, "bf16").size).toBe(1);
    weights.release();
  });

  it("has a scale of 0 for a row of zeros, and gives zeros back", () => {
    const { model } = makeCheckpoint({ ...shape, preset: "modern", bigrams: 32 });
    const zeros = new Map(
      model.parameters.map(({ name, shape, size }) => [name, { shape, values: new Float32Array(size) }]),
    );
    const read = outOfForm(decodeSafetensors(encodeSafetensors(inForm(model, zeros, "int8")), "x"), "x");
    expect(new Map(read)).toEqual(zeros);
  });
});

describe("a file of int8 weights that somebody changed", () => {
  let storage: MemoryStorage;
  const name = "transformer.wte.weight.scale";

  beforeEach(async () => {
    storage = new MemoryStorage();
    await saveCheckpoint(storage, "c", makeCheckpoint(shape), { form: "int8" });
  });

  async function load(edit: (tensors: Map<string, WrittenTensor>) => void): Promise<Checkpoint> {
    const file = "c/model.int8.safetensors";
    const tensors = decodeSafetensors((await storage.read(file)) ?? new Uint8Array(), "") as Map<
      string,
      WrittenTensor
    >;
    edit(tensors);
    await storage.write(file, encodeSafetensors(tensors));
    return loadCheckpoint(storage, "c", new ReferenceDevice());
  }

  const scale = (extents: readonly number[], value = 1): WrittenTensor => ({
    shape: extents,
    values: new Float32Array(extents.reduce((product, extent) => product * extent, 1)).fill(value),
  });
  const whole = (extents: readonly number[]): WrittenTensor => ({
    shape: extents,
    values: new Int8Array(extents.reduce((product, extent) => product * extent, 1)),
  });

  it.each<[string, (tensors: Map<string, WrittenTensor>) => void, RegExp]>([
    ["without a scale", (all) => all.delete(name), /wte.weight.scale is missing/],
    [
      "with a scale for half of it",
      (all) => all.set(name, scale([5, 1])),
      /scale is \[5, 1\], but .* \[11, 1\]/,
    ],
    ["with a scale that is a vector", (all) => all.set(name, scale([11])), /scale is \[11\], but/],
    ["with a scale for each number", (all) => all.set(name, scale([11, 16])), /scale is \[11, 16\], but/],
    ["with an endless scale", (all) => all.set(name, scale([11, 1], Infinity)), /scale holds Infinity/],
    ["with a scale that is no number", (all) => all.set(name, scale([11, 1], NaN)), /scale holds NaN/],
    [
      "with a scale below 0",
      (all) => all.set(name, scale([11, 1], -1)),
      /scale holds -1; a scale is a finite/,
    ],
    [
      "with a scale of whole numbers",
      (all) => all.set(name, whole([11, 1])),
      /scale.scale is missing|scale holds whole numbers/,
    ],
    [
      "with a scale of nothing",
      (all) => all.set("nothing.scale", scale([1, 1])),
      /nothing.scale has no place/,
    ],
    [
      "with a vector of I8",
      (all) =>
        all.set("transformer.ln_f.bias", whole([16])).set("transformer.ln_f.bias.scale", scale([16, 1])),
      /transformer.ln_f.bias.scale scales \[16\], but only matrices/,
    ],
    [
      "with another shape",
      (all) => all.set("transformer.wte.weight", whole([16, 11])).set(name, scale([16, 1])),
      /wte.weight is \[16, 11\], but config.json asks for \[11, 16\]/,
    ],
  ])("is refused %s", async (_, edit, message) => {
    await expect(load(edit)).rejects.toMatchObject({
      code: "checkpoint-mismatch",
      message: expect.stringMatching(message),
    });
  });

  it("may have its scales the other way, or in f32", async () => {
    const loaded = await load((all) => all.set(name, scale([1, 16], 0.25)));
    expect(loaded.model.config.width).toBe(16);
  });

  it("is told from no file at all", async () => {
    await storage.remove("c/model.int8.safetensors");
    await expect(loadCheckpoint(storage, "c", new ReferenceDevice())).rejects.toMatchObject({
      code: "checkpoint-missing-file",
      message: expect.stringMatching(/it has no model.safetensors/),
    });
  });
});
