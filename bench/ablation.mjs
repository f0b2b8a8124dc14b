/**
 * Which parts of `modern` earn their place: each taken out of it, and each alone put into a plain transformer, for the same
 * time of training, with several seeds.
 *
 *     npm run build
 *     node bench/ablation.mjs TEXT [--seconds 8] [--seeds 1,2,3] [--threads 2] [--only PART,...]
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
    seconds: { type: "string", default: "8" },
    seeds: { type: "string", default: "1,2,3" },
    threads: { type: "string", default: "2" },
    only: { type: "string" },
  },
});
const [text] = positionals;
const seeds = values.seeds.split(",").map(Number);
const minutes = Number(values.seconds) / 60;

const muon = {
  kind: "muon",
  rate: 0.008,
  momentum: 0.9,
  betas: [0.8, 0.95],
  decay: 0,
  rates: { matrices: 4, vectors: 0.5 },
};
const adamw = { kind: "adamw", rate: 0.006, betas: [0.9, 0.97], decay: 0.05 };
/** What a part is, and what stands in its place without it. */
const parts = {
  "rotary positions": [{ positions: "rotary" }, { positions: "learned" }],
  RMSNorm: [{ norm: "rms" }, { norm: "layer" }],
  "ReLU^2": [{ activation: "relu-squared" }, { activation: "gelu" }],
  "QK-norm": [{ qkNorm: true }, { qkNorm: false }],
  "value residual": [{ valueResidual: true }, { valueResidual: false }],
  "residual scalars": [{ residualScalars: true }, { residualScalars: false }],
  "zero projections": [{ zeroProjections: true }, { zeroProjections: false }],
  "logit cap": [{ logitCap: 15 }, { logitCap: 0 }],
  "embedding norm": [{ embeddingNorm: true }, { embeddingNorm: false }],
  bigrams: [{ bigrams: 4096 }, { bigrams: 0 }],
  "head of its own": [{ tied: false }, { tied: true }],
  Muon: [{ optimizer: muon }, { optimizer: adamw }],
};
const names = Object.keys(parts);

/** A recipe with these parts, and without the others. */
function recipeOf(present, seed) {
  const chosen = names.map((name) => parts[name][present.includes(name) ? 0 : 1]);
  const { optimizer, ...model } = Object.assign({}, ...chosen);
  return checkRecipe({
    name: "ablation",
    task: "corpus",
    data: resolve(text),
    seed,
    model: {
      preset: "modern",
      width: 96,
      layers: 3,
      heads: 3,
      contextWindow: 128,
      deviation: 0.07,
      ...model,
    },
    training: { steps: 1000, batch: 8, checkpointSteps: 1_000_000 },
    optimizer,
    schedule: { kind: "linear", warmup: 10, floor: 0.02 },
  });
}

const device = await openDevice("auto", { threads: Number(values.threads) });

async function run(present) {
  const losses = [];
  let [steps, parameters] = [0, 0];
  for (const seed of seeds) {
    const trained = await trainFor(recipeOf(present, seed), { minutes, device });
    ({ steps, parameters } = trained);
    losses.push(trained.checkpoints.at(-1).loss);
  }
  return { loss: mean(losses), losses, steps, parameters };
}

const wanted = values.only?.split(",") ?? names;
const all = [
  ["all of modern", names],
  ["none of it", []],
  ...wanted.map((name) => [`without ${name}`, names.filter((each) => each !== name)]),
  ...wanted.map((name) => [`${name} alone`, [name]]),
];
const rows = [["", "loss", "by seed", "difference", "steps", "parameters"]];
const means = {};
say(circumstances(`${values.seconds} s of training each, ${values.threads} threads`));
for (const [title, present] of all) {
  const { loss, losses, steps, parameters } = await run(present);
  means[title] = loss;
  const base = title.startsWith("without") ? means["all of modern"] : means["none of it"];
  const difference = base === undefined || title === "none of it" ? "" : (loss - base).toFixed(4);
  rows.push([
    title,
    loss.toFixed(4),
    losses.map((each) => each.toFixed(4)).join(" "),
    difference,
    steps,
    parameters,
  ]);
  process.stderr.write(`${rows.at(-1).join("  ")}\n`);
}
say(table(rows));
device.release();
process.exit(0);
