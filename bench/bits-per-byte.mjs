/**
 * Presets and tokenizers on the same data for the same time, compared by the bits that a byte of unseen text costs:
 *
 *     npm run build
 *     node bench/bits-per-byte.mjs DATA [--minutes 1] [--seeds 1,2,3] [--threads 2] [--width 128] [--layers 4] [--heads 4] [--context 256]
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { openDevice } from "../dist/node/index.js";
import { checkRecipe } from "../dist/train/index.js";
import { circumstances, say, table } from "./markdown.mjs";
import { mean, trainFor } from "./train-for.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "1" },
    seeds: { type: "string", default: "1,2,3" },
    threads: { type: "string", default: "2" },
    width: { type: "string", default: "128" },
    layers: { type: "string", default: "4" },
    heads: { type: "string", default: "4" },
    context: { type: "string", default: "256" },
    dropout: { type: "string", default: "0.1" },
  },
});
const minutes = Number(values.minutes);
const seeds = values.seeds.split(",").map(Number);
const muon = {
  kind: "muon",
  rate: 0.006,
  momentum: 0.9,
  betas: [0.9, 0.97],
  decay: 0.02,
  rates: { matrices: 5, vectors: 0.5 },
};
const adamw = { kind: "adamw", rate: 0.003, betas: [0.9, 0.97], decay: 0.1 };
const optimizers = { classic: adamw, llama: adamw, modern: muon };
const tokenizers = {
  characters: { kind: "character", unknown: true },
  "BPE 1,024": { kind: "bpe", vocabulary: 1024 },
};
const device = await openDevice("auto", { threads: Number(values.threads) });

async function bitsPerByte(preset, tokenizer, seed) {
  // A byte pair stands for about three characters: the same text in a third of the tokens.
  const contextWindow = tokenizer.kind === "bpe" ? Number(values.context) : 2 * Number(values.context);
  const [width, layers, heads] = [Number(values.width), Number(values.layers), Number(values.heads)];
  const recipe = checkRecipe({
    name: "bits",
    task: "corpus",
    data: resolve(positionals[0]),
    seed,
    tokenizer,
    model: { preset, width, layers, heads, contextWindow, deviation: 0.05 },
    training: { steps: 1000, batch: 8, dropout: Number(values.dropout), checkpointSteps: 1_000_000 },
    optimizer: optimizers[preset],
    schedule: { kind: "linear", warmup: 20, floor: 0.02 },
  });
  const { checkpoints, parameters, steps } = await trainFor(recipe, { minutes, device, checkpoints: 6 });
  const best = Math.min(...checkpoints.map(({ validation }) => validation.bitsPerByte));
  return { best, parameters, steps };
}

const rows = [["preset", "tokens", "bits per byte", "by seed", "parameters", "steps"]];
for (const preset of ["classic", "llama", "modern"]) {
  for (const [name, tokenizer] of Object.entries(tokenizers)) {
    const results = [];
    for (const seed of seeds) results.push(await bitsPerByte(preset, tokenizer, seed));
    const bySeed = results.map(({ best }) => best.toFixed(3)).join(" ");
    rows.push([
      preset,
      name,
      mean(results.map(({ best }) => best)).toFixed(3),
      bySeed,
      results[0].parameters,
      results[0].steps,
    ]);
    process.stderr.write(`${rows.at(-1).join("  ")}\n`);
  }
}
say(circumstances(`${values.minutes} min of training each, ${values.threads} threads`));
say(table(rows));
device.release();
process.exit(0);
