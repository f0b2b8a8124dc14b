/**
 * Tokens a second of decoding with a KV cache in llama.cpp, by way of node-llama-cpp: node llama-decode.mjs THREADS SIZE_JSON ROWS
 *
 * A model of Llama's architecture (RMSNorm, RoPE, SwiGLU) with about as many parameters as ours and random float32 weights,
 * from a one-token prompt to the end of the context window. It calls the binding underneath node-llama-cpp's own interface,
 * whose queues and locks would weigh on it; a hop to a worker thread per step remains.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getLlama } from "node-llama-cpp";

const [threads, size, rows] = process.argv.slice(2).map((each) => JSON.parse(each));
const { vocabulary, width, layers, heads, contextWindow } = size;
const hidden = 32 * Math.round((8 * width) / 3 / 32);
const F32 = 0;

let state = 1;
function random() {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32 - 0.5;
}

/** The file of a model: GGUF, version 3. */
function gguf(facts, tensors) {
  const parts = [];
  const u32 = (value) => parts.push(Buffer.from(Uint32Array.of(value).buffer));
  const u64 = (value) => parts.push(Buffer.from(BigUint64Array.of(BigInt(value)).buffer));
  const text = (value) => {
    u64(Buffer.byteLength(value));
    parts.push(Buffer.from(value));
  };
  const fact = {
    u32: (value) => [u32(4), u32(value)],
    f32: (value) => [u32(6), parts.push(Buffer.from(Float32Array.of(value).buffer))],
    text: (value) => [u32(8), text(value)],
  };
  const aligned = (bytes) => 32 * Math.ceil(bytes / 32);
  parts.push(Buffer.from("GGUF"));
  u32(3);
  u64(tensors.length);
  u64(facts.length);
  for (const [key, type, value] of facts) {
    text(key);
    fact[type](value);
  }
  let offset = 0;
  for (const { name, shape, values } of tensors) {
    text(name);
    u32(shape.length);
    for (const length of shape) u64(length);
    u32(F32);
    u64(offset);
    offset += aligned(values.byteLength);
  }
  const header = Buffer.concat(parts);
  const padded = (bytes) => Buffer.concat([bytes], aligned(bytes.length));
  const data = tensors.map(({ values }) => padded(Buffer.from(values.buffer)));
  return Buffer.concat([padded(header), ...data]);
}

/** Shapes begin with the fastest dimension, the one that is summed over. */
const matrix = (name, ...shape) => ({
  name: `${name}.weight`,
  shape,
  values: Float32Array.from({ length: shape[0] * shape[1] }, () => 0.3 * random()),
});
const ones = (name) => ({ name: `${name}.weight`, shape: [width], values: new Float32Array(width).fill(1) });
const block = (_, layer) => [
  ones(`blk.${layer}.attn_norm`),
  ...["attn_q", "attn_k", "attn_v", "attn_output"].map((name) =>
    matrix(`blk.${layer}.${name}`, width, width),
  ),
  ones(`blk.${layer}.ffn_norm`),
  ...["ffn_gate", "ffn_up"].map((name) => matrix(`blk.${layer}.${name}`, width, hidden)),
  matrix(`blk.${layer}.ffn_down`, hidden, width),
];
const model = gguf(
  [
    ["general.architecture", "text", "llama"],
    ["llama.context_length", "u32", contextWindow],
    ["llama.embedding_length", "u32", width],
    ["llama.block_count", "u32", layers],
    ["llama.feed_forward_length", "u32", hidden],
    ["llama.attention.head_count", "u32", heads],
    ["llama.attention.layer_norm_rms_epsilon", "f32", 1e-5],
    ["llama.vocab_size", "u32", vocabulary],
    ["tokenizer.ggml.model", "text", "none"],
  ],
  [
    matrix("token_embd", width, vocabulary),
    ...Array.from({ length: layers }, block).flat(),
    ones("output_norm"),
    matrix("output", width, vocabulary),
  ],
);

const { _bindings: binding } = await getLlama({ gpu: false, build: "never", logLevel: "error" });
const folder = mkdtempSync(join(tmpdir(), "llama-decode-"));
const path = join(folder, "model.gguf");
writeFileSync(path, model);
const loaded = new binding.AddonModel(path, { addonExports: binding, gpuLayers: 0, useMmap: false });
await loaded.init();
rmSync(folder, { recursive: true });
// A cache of float32 without flash attention, which was the fastest of the four.
const context = new binding.AddonContext(loaded, {
  ...{ contextSize: rows * contextWindow, batchSize: rows, sequences: rows, threads },
  ...{ flashAttention: false, kvCacheKeyType: F32, kvCacheValueType: F32 },
});
await context.init();

/** The context window of every row, token by token. Decoding leaves the logits in memory. */
async function generate() {
  for (let position = 0; position < contextWindow; position++) {
    context.initBatch(rows);
    for (let row = 0; row < rows; row++)
      context.addToBatch(row, position, Uint32Array.of(position % 50), Uint32Array.of(0));
    await context.decodeBatch();
  }
  for (let row = 0; row < rows; row++) context.disposeSequence(row);
}

async function measure(seconds) {
  const begun = performance.now();
  let made = 0;
  for (; performance.now() - begun < 1000 * seconds; made += rows * (contextWindow - 1)) await generate();
  return (1000 * made) / (performance.now() - begun);
}

await measure(1);
const speeds = [];
for (let round = 0; round < 5; round++) speeds.push(await measure(0.4));
process.stdout.write(`${speeds.sort((a, b) => a - b)[2].toFixed(1)} tokens/s\n`);
await context.dispose();
await loaded.dispose();
