import { beforeEach, describe, expect, it } from "vitest";
import { bytesAsSource, decodeText, encodeText, MemoryStorage } from "../../base/index.ts";
import { ReferenceDevice } from "../../engine/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../../model/index.ts";
import { ByteTokenizer, tokenizerFromJson } from "../../text/index.ts";
import { encodeCheckpoint, loadCheckpoint } from "../checkpoint.ts";
import { decodeSafetensors, encodeSafetensors, type WrittenTensor } from "../safetensors.ts";
import type { WeightForm } from "../weight-form.ts";
import { importModel } from "./import-model.ts";
import type { ModelSource } from "./model-source.ts";

type Files = Map<string, Uint8Array>;

const tokenizer = new ByteTokenizer();
const shape = { vocabulary: tokenizer.size, contextWindow: 8, width: 8, layers: 2, heads: 2 };
const models = {
  classic: { ...shape },
  "classic, untied": { ...shape, tied: false },
  llama: { ...shape, preset: "llama", kvHeads: 1 },
  "llama, tied": { ...shape, preset: "llama", tied: true },
  modern: { ...shape, preset: "modern", bigrams: 16 },
} as const;

function filesOf(options: ModelOptions, form?: WeightForm): Files {
  const model = new Transformer(modelConfig(options));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(5);
  return encodeCheckpoint({ model, weights, tokenizer }, form);
}

const sourceOf = (files: Files): ModelSource => ({
  name: "folder",
  files: new Map([...files].map(([name, bytes]) => [name, bytesAsSource(bytes, `folder/${name}`)])),
});

const json = (value: unknown): Uint8Array => encodeText(JSON.stringify(value));
const parse = (bytes: Uint8Array | undefined): Record<string, unknown> =>
  JSON.parse(decodeText(bytes ?? new Uint8Array())) as Record<string, unknown>;

/** Changes the tensors of a folder. */
function retensor(
  files: Files,
  change: (tensors: Map<string, WrittenTensor>) => Map<string, WrittenTensor>,
): Files {
  const tensors = decodeSafetensors(files.get("model.safetensors") ?? new Uint8Array(), "t") as Map<
    string,
    WrittenTensor
  >;
  return new Map(files).set("model.safetensors", encodeSafetensors(change(tensors)));
}

const reconfigure = (files: Files, fields: Record<string, unknown>): Files =>
  new Map(files).set("config.json", json({ ...parse(files.get("config.json")), ...fields }));

/** The folder's weights in two files with an index, which `change` may spoil. */
function sharded(files: Files, change: (map: Record<string, unknown>) => unknown = (map) => map): Files {
  const tensors = [...decodeSafetensors(files.get("model.safetensors") ?? new Uint8Array(), "t")] as [
    string,
    WrittenTensor,
  ][];
  const [one, two] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const parts = { [one]: tensors.slice(0, 5), [two]: tensors.slice(5) };
  const made = new Map(files);
  made.delete("model.safetensors");
  const map: Record<string, unknown> = {};
  for (const [file, part] of Object.entries(parts)) {
    made.set(file, encodeSafetensors(new Map(part)));
    for (const [name] of part) map[name] = file;
  }
  return made.set("model.safetensors.index.json", json({ weight_map: change(map) }));
}

let storage: MemoryStorage;
beforeEach(() => {
  storage = new MemoryStorage();
});
const bring = (files: Files) => importModel(sourceOf(files), { storage, folder: "models/m" });
const written = async (name = "model.safetensors") => storage.read(`models/m/${name}`);

describe.each(Object.entries(models))("importModel, %s", (_, options) => {
  it.each(["f32", "f16", "bf16"] as const)("writes the same bytes of weights as %s", async (form) => {
    const files = filesOf(options, form);
    const { config, dtypes, spare } = await bring(files);
    expect([config, dtypes, spare]).toEqual([modelConfig(options), [form.toUpperCase()], 0]);
    expect(await written()).toEqual(files.get("model.safetensors"));
    const loaded = await loadCheckpoint(storage, "models/m", new ReferenceDevice());
    expect(encodeCheckpoint(loaded, form)).toEqual(files);
  });

  it("puts the files of a sharded model together", async () => {
    const files = filesOf(options);
    await bring(sharded(files));
    expect(await written()).toEqual(files.get("model.safetensors"));
  });
});

describe("importModel", () => {
  const files = filesOf(models.classic);

  it("takes names without the prefix, and leaves masks and a head that is the table out", async () => {
    const mask = { shape: [1], values: Float32Array.of(1) };
    const bare = retensor(files, (tensors) => {
      const renamed = [...tensors].map(
        ([name, tensor]) => [name.replace("transformer.", ""), tensor] as const,
      );
      const table = tensors.get("transformer.wte.weight");
      return new Map([
        ...renamed,
        ["h.0.attn.bias", mask],
        ...(table ? [["lm_head.weight", table] as const] : []),
      ]);
    });
    await bring(bare);
    expect(await written()).toEqual(files.get("model.safetensors"));
  });

  it("leaves out the rows of no token", async () => {
    const wide = filesOf({ ...models.llama, vocabulary: tokenizer.size + 5 });
    const { config, spare } = await bring(wide);
    expect([config.vocabulary, spare]).toEqual([tokenizer.size, 5]);
    const before = decodeSafetensors(wide.get("model.safetensors") ?? new Uint8Array(), "t");
    const after = decodeSafetensors((await written()) ?? new Uint8Array(), "t");
    for (const name of ["model.embed_tokens.weight", "lm_head.weight"]) {
      const kept = before.get(name)?.values.slice(0, tokenizer.size * shape.width);
      expect(after.get(name)?.values).toEqual(kept);
    }
    expect(after.get("model.norm.weight")).toEqual(before.get("model.norm.weight"));
  });

  it("keeps the chat template as text, and no other file", async () => {
    const more = new Map(files)
      .set("tokenizer_config.json", json({ chat_template: "{{ messages }}", auto_map: "evil.py" }))
      .set("modeling_evil.py", encodeText("exit()"));
    expect((await bring(more)).chatTemplate).toBe(true);
    expect((await storage.list("models/m")).map(({ name }) => name)).toEqual([
      "config.json",
      "model.safetensors",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    const told = parse(await written("tokenizer_config.json"));
    expect([told["chat_template"], told["auto_map"]]).toEqual(["{{ messages }}", undefined]);
  });

  it("reads vocab.json with merges.txt as tokenizer.json says the same", async () => {
    const made = tokenizer.toJson() as { model: { vocab: Record<string, number> } };
    const vocab = Object.fromEntries(
      Object.entries(made.model.vocab).filter(([token]) => !token.startsWith("<") || token === "<"),
    );
    const shifted = Object.fromEntries([...Object.keys(vocab).entries()].map(([id, token]) => [token, id]));
    const gpt2 = { ...shifted, th: 256, "<|endoftext|>": 257, the: 258 };
    const plain = new Map(files)
      .set("vocab.json", json(gpt2))
      .set("merges.txt", encodeText("#version: 0.2\nt h\nth e\n"));
    plain.delete("tokenizer.json");
    const { tokenizer: read } = await bring(plain);
    expect(
      read
        .encode("the th<|endoftext|>")
        .slice(0, 3)
        .map((id) => read.show(id)),
    ).toEqual(["the", " ", "th"]);
    expect([read.size, read.special.eos]).toEqual([259, 257]);
    expect(tokenizerFromJson(parse(await written("tokenizer.json")), "t").encode("the")).toEqual([258]);
  });

  const without = (...names: string[]): Files =>
    new Map([...files].filter(([name]) => !names.includes(name)));
  const table = "transformer.wte.weight";
  it.each<[what: string, files: Files, code: string, message: RegExp]>([
    ["no config", without("config.json"), "checkpoint-missing-file", /has no config\.json. It holds model/],
    ["no weights", without("model.safetensors"), "checkpoint-missing-file", /neither model\.safetensors nor/],
    [
      "a pickle",
      without("model.safetensors").set("pytorch_model.bin", new Uint8Array(9)),
      "import-refused",
      /pytorch_model\.bin.*can run code.*save_pretrained/,
    ],
    [
      "tokenizer.model alone",
      without("tokenizer.json").set("tokenizer.model", new Uint8Array(9)),
      "import-refused",
      /tokenizer\.model alone.*save_pretrained/,
    ],
    ["no tokenizer", without("tokenizer.json"), "import-refused", /neither tokenizer\.json nor vocab\.json/],
    ["another architecture", reconfigure(files, { model_type: "gpt_neo" }), "config-invalid", /"gpt_neo"/],
    [
      "inverse layers",
      reconfigure(files, { scale_attn_by_inverse_layer_idx: true }),
      "config-invalid",
      /inverse/,
    ],
    ["another activation", reconfigure(files, { activation_function: "relu" }), "config-invalid", /"relu"/],
    [
      "more layers than there are",
      reconfigure(files, { n_layer: 2 ** 30 }),
      "checkpoint-mismatch",
      /1073741824 layers/,
    ],
    [
      "fewer layers than there are",
      reconfigure(files, { n_layer: 1 }),
      "checkpoint-mismatch",
      /transformer\.h\.1.* no place/,
    ],
    [
      "a smaller vocabulary",
      reconfigure(files, { vocab_size: 9 }),
      "tokenizer-invalid",
      /knows 259 tokens.*vocab_size 9/,
    ],
    [
      "a path in the index",
      sharded(files, (map) => ({ ...map, [table]: "../secret.safetensors" })),
      "config-invalid",
      /"\.\.\/secret\.safetensors"; it must be a safetensors file of this folder/,
    ],
    [
      "a file that is not there",
      sharded(files, (map) => ({ ...map, [table]: "model-3.safetensors" })),
      "checkpoint-missing-file",
      /has no model-3\.safetensors/,
    ],
    [
      "an index that lies",
      sharded(files, (map) => ({ ...map, [table]: "model-00002-of-00002.safetensors" })),
      "safetensors-invalid",
      /says that tensor "transformer\.wte\.weight" is in model-00002/,
    ],
    ["an index of nothing", sharded(files, () => 3), "config-invalid", /weight_map is 3/],
    [
      "a tensor in two files",
      sharded(files).set(
        "model-00002-of-00002.safetensors",
        files.get("model.safetensors") ?? new Uint8Array(),
      ),
      "safetensors-invalid",
      /is in folder\/model-00001.* too/,
    ],
    [
      "a tensor by two names",
      retensor(files, (tensors) => new Map(tensors).set("wte.weight", tensors.get(table) as WrittenTensor)),
      "checkpoint-mismatch",
      /both transformer\.wte\.weight and wte\.weight/,
    ],
    [
      "a head that is not the table",
      retensor(files, (tensors) =>
        new Map(tensors).set("lm_head.weight", { shape: [259, 8], values: new Float32Array(259 * 8) }),
      ),
      "checkpoint-mismatch",
      /"tie_word_embeddings": false/,
    ],
    [
      "another shape",
      retensor(files, (tensors) =>
        new Map(tensors).set(table, { shape: [8, 259], values: new Float32Array(259 * 8) }),
      ),
      "checkpoint-mismatch",
      /wte\.weight is \[8, 259\], but config\.json asks for \[259, 8\]/,
    ],
    [
      "no number",
      retensor(files, (tensors) =>
        new Map(tensors).set(table, {
          shape: [259, 8],
          values: new Float32Array(259 * 8).fill(Number.NaN, 70, 71),
        }),
      ),
      "safetensors-invalid",
      /wte\.weight holds a number that is infinite or none/,
    ],
    [
      "weights that are cut short",
      new Map(files).set(
        "model.safetensors",
        (files.get("model.safetensors") ?? new Uint8Array()).slice(0, -4),
      ),
      "safetensors-invalid",
      /cut short/,
    ],
    [
      "weights that are empty",
      new Map(files).set("model.safetensors", new Uint8Array()),
      "safetensors-invalid",
      /too few/,
    ],
  ])("refuses %s, and leaves nothing behind", async (_, wrong, code, message) => {
    await expect(bring(wrong)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect(await storage.list("models")).toEqual([]);
  });

  it.each<[what: string, fields: Record<string, unknown>, message: RegExp]>([
    [
      "stretched angles",
      { rope_scaling: { rope_type: "llama3", factor: 8 } },
      /rope_scaling\.rope_type is "llama3"; it must be "default"/,
    ],
    [
      "stretched angles of newer files",
      { rope_parameters: { rope_type: "llama3", rope_theta: 1e4 } },
      /rope_type is "llama3"/,
    ],
    ["biases", { attention_bias: true }, /attention_bias is true/],
    ["heads of another width", { head_dim: 16 }, /head_dim is 16; it must be 4/],
  ])("refuses a llama with %s", async (_, fields, message) => {
    const wrong = reconfigure(filesOf(models.llama), fields);
    await expect(bring(wrong)).rejects.toMatchObject({
      code: "config-invalid",
      message: expect.stringMatching(message) as string,
    });
  });

  it("stops between two pieces, and leaves nothing behind", async () => {
    const abort = new AbortController();
    const work = importModel(sourceOf(files), {
      ...{ storage, folder: "models/m", signal: abort.signal },
      onProgress: () => abort.abort(new Error("enough")),
    });
    await expect(work).rejects.toThrow("enough");
    expect(await storage.list("models")).toEqual([]);
  });
});
