/**
 * Writes checkpoints of several models, and beside each its ONNX file and what this engine computes from it, for `check.py`
 * and `check_onnx.py` to compare.
 *
 *     npm run build && node test/parity/export.mjs FOLDER
 */
import { join } from "node:path";
import { encodeSafetensors, saveCheckpoint } from "../../dist/checkpoint/index.js";
import { compile, Input } from "../../dist/engine/index.js";
import { encodeOnnx, onnxFolder } from "../../dist/export/index.js";
import { Decoder, generate, generationConfig } from "../../dist/generate/index.js";
import { layoutOf, modelConfig, Transformer, Weights } from "../../dist/model/index.js";
import { FileStorage, findRecipe, loadData, openDevice } from "../../dist/node/index.js";
import { CharacterTokenizer } from "../../dist/text/index.js";
import { train } from "../../dist/train/index.js";
import { exportTrained } from "./export-trained.mjs";

const folder = process.argv[2];
if (!folder) throw new Error("usage: node test/parity/export.mjs FOLDER");
const storage = new FileStorage(folder);
const tokenizer = CharacterTokenizer.fit([
  'The quick brown fox jumps over the lazy dog. äöü 👋 1+1=2 \n"quoted"',
]);
const size = {
  vocabulary: tokenizer.size,
  contextWindow: 48,
  width: 32,
  layers: 2,
  heads: 4,
  deviation: 0.3,
};
const models = {
  "classic-tied": { ...size },
  "classic-erf": { ...size, tied: false, gelu: "erf", mlpWidth: 72 },
  "classic-no-biases": { ...size, biases: false },
  "llama-grouped": { ...size, preset: "llama", kvHeads: 2, theta: 5000 },
  "llama-tied": { ...size, preset: "llama", tied: true, epsilon: 1e-6 },
};

/** Models of ours alone, which other programs run only as ONNX. */
const modern = { ...size, preset: "modern", zeroProjections: false };
const onlyOnnx = {
  "modern-usual": { ...modern },
  "modern-all": { ...modern, kvHeads: 2, valueResidual: true, residualScalars: true, bigrams: 500 },
};

/** @param texts Texts that the tokenizer knows. */
async function writeExpected(name, { model, weights, tokenizer: own }, texts) {
  const [batch, time] = [3, 24];
  const ids = Int32Array.from({ length: batch * time }, (_, i) => (i * 7919 + 13 * (i % 5)) % own.size);
  const input = new Input("ids", [batch, time], { dtype: "i32" });
  const program = weights.device.load(
    compile({ layout: weights.layout, outputs: { logits: model.forward(input) } }),
    {
      parameters: weights.region,
    },
  );
  program.write("ids", ids);
  program.run();
  const prompt = [...ids.subarray(0, 6)];
  const greedy = [...prompt];
  const config = generationConfig({ maxNewTokens: 20 });
  for await (const token of generate(new Decoder({ model, weights }), prompt, { eos: -1, config }))
    greedy.push(token);
  const expected = new Map([
    ["ids", { shape: [batch, time], values: Float32Array.from(ids) }],
    ["logits", { shape: [batch, time, own.size], values: program.read("logits") }],
    ["greedy", { shape: [greedy.length], values: Float32Array.from(greedy) }],
  ]);
  await storage.write(`${name}/expected.safetensors`, encodeSafetensors(expected));
  await storage.write(`${name}/onnx/model.onnx`, encodeOnnx({ model, weights }));
  const encoded = texts.map((text) => [text, own.encode(text)]);
  await storage.write(`${name}/texts.json`, new TextEncoder().encode(JSON.stringify(encoded)));
}

for (const [name, options] of Object.entries(models)) {
  const model = new Transformer(modelConfig(options));
  const weights = new Weights(await openDevice(), layoutOf(model)).initialize(11);
  await saveCheckpoint(storage, name, { model, weights, tokenizer });
  await writeExpected(name, { model, weights, tokenizer }, ["The quick fox", "äöü 👋 \n", "1+1=2"]);
}
for (const [name, options] of Object.entries(onlyOnnx)) {
  const model = new Transformer(modelConfig(options));
  const weights = new Weights(await openDevice(), layoutOf(model)).initialize(11);
  for (const { shares } of model.blocks) if (shares) weights.write(shares, [0.8, 0.3]);
  for (const [file, bytes] of onnxFolder({ model, weights, tokenizer }))
    await storage.write(`${name}/${file}`, bytes);
  await writeExpected(name, { model, weights, tokenizer }, []);
}
const recipe = await findRecipe("tinytalks");
const data = await loadData(recipe, { root: folder });
for await (const event of train({ recipe, data, device: await openDevice() })) {
  if (event.type !== "checkpoint" || event.step !== recipe.training.steps) continue;
  await saveCheckpoint(storage, "tinytalks", event.checkpoint);
  await writeExpected(
    "tinytalks",
    event.checkpoint,
    data.corpus.pairs.flatMap(({ question, answer }) => [question, answer]),
  );
}
const trained = await exportTrained(storage, writeExpected);
process.stdout.write(
  `${join(folder)}: ${Object.keys({ ...models, ...onlyOnnx }).length + 1 + trained} checkpoints\n`,
);
