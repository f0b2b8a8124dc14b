import { describe, expect, it } from "vitest";
import { decodeText, MemoryStorage } from "../base/index.ts";
import { type Checkpoint, encodeCheckpoint, loadCheckpoint } from "../checkpoint/index.ts";
import { ReferenceDevice } from "../engine/index.ts";
import { layoutOf, modelConfig, type Preset, Transformer, Weights } from "../model/index.ts";
import { ByteTokenizer } from "../text/index.ts";
import { EXPORT_TYPES, type ExportTarget, exportFiles } from "./export-files.ts";

const tokenizer = new ByteTokenizer("chat");
function checkpointOf(preset: Preset): Checkpoint {
  const config = { preset, vocabulary: tokenizer.size, contextWindow: 16, width: 32, layers: 1, heads: 2 };
  const model = new Transformer(modelConfig(config));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(3);
  const scores = { perfect: 1, pairs: 1, exam: 1, examPairs: 1, loss: 1 };
  const training = { recipe: {}, step: 1, best: { step: 1, perfect: 1, loss: 1 }, data: "x", scores };
  return { model, weights, tokenizer, training };
}

const targets = Object.entries(EXPORT_TYPES).flatMap(([to, types]) =>
  types.map((type) => [to as ExportTarget, type] as const),
);

describe("exportFiles", () => {
  it.each(targets)("writes the same bytes for %s of %s again, with the card beside", (to, type) => {
    const checkpoint = checkpointOf("llama");
    const options = { to, type, name: "small", card: "# small\n" };
    const files = exportFiles(checkpoint, options);
    expect(exportFiles(checkpoint, options)).toEqual(files);
    expect(decodeText(files.get("README.md") ?? new Uint8Array())).toBe("# small\n");
    expect([...files.keys()].filter((name) => /parrotlet|optimizer/.test(name))).toEqual([]);
  });

  it.each(["f32", "f16", "bf16"] as const)("hf of %s is a checkpoint that we read again", async (type) => {
    const checkpoint = checkpointOf("modern");
    const storage = new MemoryStorage();
    const files = exportFiles(checkpoint, { to: "hf", type, name: "small" });
    for (const [name, bytes] of files) await storage.write(`m/${name}`, bytes);
    const again = await loadCheckpoint(storage, "m", new ReferenceDevice());
    expect(encodeCheckpoint(again, type)).toEqual(
      new Map([...encodeCheckpoint(checkpoint, type)].filter(([name]) => name !== "parrotlet.json")),
    );
    expect(JSON.parse(decodeText(files.get("generation_config.json") ?? new Uint8Array()))).toMatchObject({
      bos_token_id: 1,
      eos_token_id: 2,
    });
    expect(JSON.parse(decodeText(files.get("special_tokens_map.json") ?? new Uint8Array()))).toEqual({
      ...{ pad_token: "<pad>", bos_token: "<bos>", eos_token: "<eos>" },
    });
  });

  it("writes the weights alone as safetensors", () => {
    const checkpoint = checkpointOf("classic");
    const files = exportFiles(checkpoint, { to: "safetensors", type: "f16", name: "small" });
    const whole = encodeCheckpoint(checkpoint, "f16").get("model.safetensors");
    expect([...files]).toEqual([["model.safetensors", whole]]);
  });

  it("names the file of a GGUF after the model", () => {
    const files = exportFiles(checkpointOf("llama"), { to: "gguf", type: "q8_0", name: "small" });
    expect([...files.keys()]).toEqual(["small.gguf"]);
    expect(decodeText((files.get("small.gguf") ?? new Uint8Array()).slice(0, 4))).toBe("GGUF");
  });

  it("refuses a type that the format does not have, and a model that it does not know", () => {
    const wrong = (): unknown => exportFiles(checkpointOf("llama"), { to: "onnx", type: "q8_0", name: "x" });
    expect(wrong).toThrow(
      expect.objectContaining({ code: "export-type", message: expect.stringContaining("f32, f16") }),
    );
    const modern = (): unknown => exportFiles(checkpointOf("modern"), { to: "gguf", name: "x" });
    expect(modern).toThrow(expect.objectContaining({ code: "cannot-export" }));
  });
});
