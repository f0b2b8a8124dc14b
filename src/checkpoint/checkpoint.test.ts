import { beforeEach, describe, expect, it } from "vitest";
import { decodeText, encodeText, MemoryStorage } from "../base/index.ts";
import { type Parameter, ReferenceDevice } from "../engine/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../model/index.ts";
import { ByteTokenizer, CharacterTokenizer, type Tokenizer, trainBpe } from "../text/index.ts";
import {
  type Checkpoint,
  dropOptimizer,
  encodeCheckpoint,
  isResumable,
  loadCheckpoint,
  saveCheckpoint,
} from "./checkpoint.ts";
import { loadModel } from "./model-files.ts";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";

const tokenizer = CharacterTokenizer.fit(["abcdefg"]);
const shape = { vocabulary: tokenizer.size, contextWindow: 8, width: 8, layers: 2, heads: 2 };
const models: Readonly<Record<string, ModelOptions>> = {
  "classic, tied": { ...shape },
  "classic, untied": { ...shape, tied: false, mlpWidth: 12, gelu: "erf", deviation: 0.3 },
  "classic without biases": { ...shape, biases: false },
  llama: { ...shape, preset: "llama", kvHeads: 1, theta: 500, epsilon: 1e-6 },
  "llama, tied": { ...shape, preset: "llama", tied: true },
  modern: { ...shape, preset: "modern" },
  "modern without some of its parts": {
    ...shape,
    preset: "modern",
    kvHeads: 1,
    ...{ bigrams: 0, qkNorm: false, logitCap: 0, positions: "learned", activation: "gelu", tied: true },
  },
};

function makeCheckpoint(options: ModelOptions): Checkpoint {
  const model = new Transformer(modelConfig(options));
  const device = new ReferenceDevice();
  const weights = new Weights(device, layoutOf(model)).initialize(5);
  const moment = (factor: number) => (parameter: Parameter) =>
    weights.read(parameter).map((value) => factor * value);
  const scores = { perfect: 3, pairs: 37, exam: 1, examPairs: 8, loss: 2.5 };
  return {
    model,
    weights,
    tokenizer,
    training: {
      recipe: { name: "x" },
      step: 7,
      best: { step: 7, perfect: 3, loss: 2.5 },
      data: "abc",
      scores,
    },
    optimizer: new Map([
      ["mean", moment(2)],
      ["variance", moment(3)],
    ]),
  };
}

describe.each(Object.entries(models))("a checkpoint of %s", (_, options) => {
  it("comes back from its folder as it was, and is written to the same bytes again", async () => {
    const storage = new MemoryStorage();
    const saved = makeCheckpoint(options);
    await saveCheckpoint(storage, "c", saved);
    const loaded = await loadCheckpoint(storage, "c", new ReferenceDevice(), { withOptimizer: true });
    expect(loaded.model.config).toEqual(saved.model.config);
    for (const [i, parameter] of saved.model.parameters.entries()) {
      const same = loaded.model.parameters[i] ?? parameter;
      expect(loaded.weights.read(same), parameter.name).toEqual(saved.weights.read(parameter));
      expect(loaded.optimizer?.get("variance")?.(same)).toEqual(
        saved.optimizer?.get("variance")?.(parameter),
      );
    }
    expect(loaded.training).toEqual(saved.training);
    expect(encodeCheckpoint(loaded)).toEqual(encodeCheckpoint(saved));
  });
});

describe("the tokenizer of a checkpoint", async () => {
  const lenient = CharacterTokenizer.fit(["abc"], { unknown: true });
  const chat = await trainBpe(["the cat, the hat"], { vocabulary: 266, special: "chat" });
  it.each<[what: string, tokenizer: Tokenizer, names: Record<string, string>]>([
    ["characters", tokenizer, { sep_token: "<sep>", chat_template: expect.stringContaining("<sep>") }],
    [
      "characters, some unknown",
      lenient,
      { sep_token: "<sep>", unk_token: "<unk>", chat_template: expect.stringContaining("<sep>") },
    ],
    ["bytes", new ByteTokenizer(), {}],
    ["merged bytes", chat, { chat_template: expect.stringContaining("<assistant>") }],
  ])("may be one of %s", async (_, own, names) => {
    const storage = new MemoryStorage();
    const saved = { ...makeCheckpoint({ ...shape, vocabulary: own.size }), tokenizer: own };
    await saveCheckpoint(storage, "c", saved);
    const loaded = await loadCheckpoint(storage, "c", new ReferenceDevice());
    expect(loaded.tokenizer.kind).toBe(own.kind);
    expect(loaded.tokenizer.encode("abc")).toEqual(own.encode("abc"));
    const config = JSON.parse(
      decodeText(encodeCheckpoint(loaded).get("tokenizer_config.json") ?? new Uint8Array()),
    );
    expect(config).toEqual({
      tokenizer_class: "PreTrainedTokenizerFast",
      model_max_length: 8,
      pad_token: "<pad>",
      bos_token: "<bos>",
      eos_token: "<eos>",
      clean_up_tokenization_spaces: false,
      ...names,
    });
  });
});

describe("a checkpoint folder", () => {
  let storage: MemoryStorage;
  const load = () => loadCheckpoint(storage, "c", new ReferenceDevice());
  const refusal = (code: string, message: RegExp) => ({ code, message: expect.stringMatching(message) });

  /** Rewrites a JSON file of the checkpoint. */
  async function editJson(name: string, edit: (json: Record<string, unknown>) => void): Promise<void> {
    const json = JSON.parse(decodeText((await storage.read(`c/${name}`)) ?? new Uint8Array()));
    edit(json);
    await storage.write(`c/${name}`, encodeText(JSON.stringify(json)));
  }

  /** Rewrites the weights. */
  async function editWeights(
    edit: (tensors: Map<string, { shape: readonly number[]; values: Float32Array }>) => void,
  ) {
    const bytes = (await storage.read("c/model.safetensors")) ?? new Uint8Array();
    const tensors = decodeSafetensors(bytes, "") as Map<
      string,
      { shape: readonly number[]; values: Float32Array }
    >;
    edit(tensors);
    await storage.write("c/model.safetensors", encodeSafetensors(tensors));
  }

  beforeEach(async () => {
    storage = new MemoryStorage();
    await saveCheckpoint(storage, "c", makeCheckpoint(shape));
  });

  it("can be talked to but not trained on without its optimizer", async () => {
    expect(await isResumable(storage, "c")).toBe(true);
    await dropOptimizer(storage, "c");
    expect(await isResumable(storage, "c")).toBe(false);
    expect((await load()).optimizer).toBeUndefined();
  });

  it("needs no parrotlet.json: folders from elsewhere can be talked to", async () => {
    await storage.remove("c/parrotlet.json");
    expect((await load()).training).toBeUndefined();
  });

  it.each(["config.json", "model.safetensors", "tokenizer.json"])(
    "without %s is refused with what it holds",
    async (name) => {
      await storage.remove(`c/${name}`);
      await expect(load()).rejects.toMatchObject(
        refusal(
          "checkpoint-missing-file",
          new RegExp(`c is not a checkpoint: it has no ${name}. It holds .*parrotlet.json`),
        ),
      );
    },
  );

  it("with a tensor missing is refused with the file and the tensor", async () => {
    await editWeights((tensors) => tensors.delete("transformer.h.1.mlp.c_fc.bias"));
    await expect(load()).rejects.toMatchObject(
      refusal("checkpoint-mismatch", /c\/model.safetensors: tensor transformer.h.1.mlp.c_fc.bias is missing/),
    );
  });

  it("with a tensor too many is refused, but for the masks of old files", async () => {
    await editWeights((tensors) =>
      tensors.set("transformer.h.0.attn.bias", { shape: [1], values: new Float32Array(1) }),
    );
    await load();
    await editWeights((tensors) => tensors.set("extra", { shape: [1], values: new Float32Array(1) }));
    await expect(load()).rejects.toMatchObject(
      refusal("checkpoint-mismatch", /tensor extra has no place in the model/),
    );
  });

  it("with a tensor of another shape is refused with both shapes", async () => {
    await editWeights((tensors) =>
      tensors.set("transformer.wpe.weight", { shape: [4, 16], values: new Float32Array(64) }),
    );
    await expect(load()).rejects.toMatchObject(
      refusal(
        "checkpoint-mismatch",
        /transformer.wpe.weight is \[4, 16\], but config.json asks for \[8, 8\]/,
      ),
    );
  });

  it("whose biases cannot be kept is refused", async () => {
    await editJson("config.json", (json) => {
      json["parrotlet"] = { biases: false };
    });
    await editWeights((tensors) => tensors.get("transformer.ln_f.bias")?.values.fill(1));
    await expect(load()).rejects.toMatchObject(refusal("checkpoint-mismatch", /ln_f.bias is not 0/));
  });

  it.each<[string, (json: Record<string, unknown>) => void, string, RegExp]>([
    [
      "another model_type",
      (json) => Object.assign(json, { model_type: "bert" }),
      "config-invalid",
      /model_type is "bert"; this program runs gpt2, llama, parrotlet/,
    ],
    [
      "no width",
      (json) => delete json["n_embd"],
      "config-invalid",
      /n_embd is missing; it must be a whole number/,
    ],
    [
      "layers that are text",
      (json) => Object.assign(json, { n_layer: "2" }),
      "config-invalid",
      /n_layer is "2"/,
    ],
    [
      "a billion layers",
      (json) => Object.assign(json, { n_layer: 1e9 }),
      "checkpoint-mismatch",
      /cannot hold the 1000000000 layers of width 8/,
    ],
    [
      "a vocabulary beyond the file",
      (json) => Object.assign(json, { vocab_size: 1e9 }),
      "checkpoint-mismatch",
      /wte.weight is \[11, 8\]/,
    ],
    [
      "an activation that we do not have",
      (json) => Object.assign(json, { activation_function: "relu" }),
      "config-invalid",
      /activation_function is "relu"; it must be one of gelu_new, gelu/,
    ],
    [
      "an option that we do not compute",
      (json) => Object.assign(json, { scale_attn_weights: false }),
      "config-invalid",
      /scale_attn_weights is false/,
    ],
    [
      "heads that do not divide the width",
      (json) => Object.assign(json, { n_head: 3 }),
      "model-config",
      /width 8 cannot be shared among 3 heads/,
    ],
  ])("with %s in its config is refused", async (_, edit, code, message) => {
    await editJson("config.json", edit);
    await expect(load()).rejects.toMatchObject(refusal(code, message));
  });

  it("with a tokenizer of another size is refused", async () => {
    const other = CharacterTokenizer.fit(["abc"]);
    await storage.write("c/tokenizer.json", encodeText(JSON.stringify(other.toJson())));
    await expect(load()).rejects.toMatchObject(
      refusal("tokenizer-invalid", /knows 7 tokens, but config.json asks for 11/),
    );
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ["of a later format", { format: 2 }, /its format is 2; this program reads format 1/],
    ["without a step", { step: "seven" }, /step, best, scores or data/],
    ["of a character of 3", { character: 3 }, /character is 3; it must be a name/],
    ["shrunk to nothing", { shrunk: null }, /shrunk or scores.bitsPerByte is of the wrong kind/],
    ["shrunk to int4", { shrunk: { to: "int4" } }, /of the wrong kind/],
    ["shrunk from a loss in words", { shrunk: { to: "f16", lossBefore: "1" } }, /of the wrong kind/],
  ])("with a record %s is refused", async (_, change, message) => {
    await editJson("parrotlet.json", (json) => Object.assign(json, change));
    await expect(load()).rejects.toMatchObject(refusal("checkpoint-format", message));
  });

  it("is replaced as a whole: a crash while writing leaves the one before", async () => {
    const before = await storage.read("c/model.safetensors");
    const failing = Object.assign(Object.create(storage) as MemoryStorage, {
      write: async (path: string, bytes: Uint8Array) => {
        if (path.endsWith("tokenizer.json")) throw new Error("power cut");
        return storage.write(path, bytes);
      },
      list: (path: string) => storage.list(path),
      remove: (path: string) => storage.remove(path),
    });
    await expect(saveCheckpoint(failing, "c", makeCheckpoint({ ...shape, deviation: 0.7 }))).rejects.toThrow(
      "power cut",
    );
    expect(await storage.read("c/model.safetensors")).toEqual(before);
    await load();
  });
});

describe("a folder of Hugging Face's", () => {
  it("keeps the conventions of transformers 4 and 5 for rotary angles", async () => {
    const storage = new MemoryStorage();
    await saveCheckpoint(storage, "c", makeCheckpoint({ ...shape, preset: "llama", theta: 777 }));
    const json = JSON.parse(decodeText((await storage.read("c/config.json")) ?? new Uint8Array()));
    expect(json).toMatchObject({
      rope_theta: 777,
      rope_parameters: { rope_theta: 777, rope_type: "default" },
    });
    for (const removed of ["rope_parameters", "rope_theta"]) {
      const { [removed]: _, ...rest } = json;
      await storage.write("c/config.json", encodeText(JSON.stringify(rest)));
      expect((await loadModel(storage, "c", new ReferenceDevice())).model.config.theta).toBe(777);
    }
  });
});
