/**
 * What a training step and a token take as one thing changes: the context, the threads, the sequences side by side; and how
 * long a process takes from its start to its first step. Tables and pictures, ours beside PyTorch and other peers, in turn.
 *
 *     npm run build && npm --prefix bench install && npm --prefix bench run sweeps
 *     node bench/sweeps.mjs --only context,decode --rounds 5 --python ~/venv/bin/python
 *
 * How a step depends on the parameters is compare.mjs.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { contest, decoders, here, trainers } from "./contest.mjs";
import { circumstances, table } from "./markdown.mjs";
import { lineChart } from "./picture.mjs";
import { figure } from "./sizes.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: "context,threads,decode,start" },
    out: { type: "string", default: "bench/sweeps" },
    python: { type: "string", default: "python3" },
  },
});
const { python } = options;
const rounds = Number(options.rounds);
const cores = availableParallelism();
const pick = (from, ...names) => Object.fromEntries(names.map((name) => [name, from[name]]));
const whole = (speed) => (speed === undefined ? "" : Math.round(speed).toLocaleString("en-US"));

/** Medians by contestant, for each of the values that change: `[value, { contestant: median }]`. */
function sweep(name, values, contestants, unit, how) {
  return values.map((value) => {
    const medians = contest(contestants, unit, { python, rounds, ...how(value) });
    const line = Object.entries(medians).map(([contestant, each]) => `${contestant} ${each}`);
    process.stderr.write(`${name} ${value}: ${line.join(", ")}\n`);
    return [value, medians];
  });
}

function resultsTable(results, show) {
  const names = [...new Set(results.flatMap(([, medians]) => Object.keys(medians)))];
  return table([
    ["", ...results.map(([value]) => value)],
    ...names.map((name) => [name, ...results.map(([, medians]) => show(medians[name]))]),
  ]);
}

function chart(name, results, labels) {
  const names = [...new Set(results.flatMap(([, medians]) => Object.keys(medians)))];
  const series = names.map((each) => [
    each,
    results.filter(([, medians]) => medians[each]).map(([value, medians]) => [value, medians[each]]),
  ]);
  const file = `${options.out}-${name}.svg`;
  writeFileSync(file, lineChart(series, labels));
  return `![${labels.title}](${file.split("/").at(-1)})`;
}

const steppers = pick(
  trainers,
  "parrotlet native",
  "parrotlet native, bf16",
  "parrotlet wasm",
  "PyTorch (SDPA, fused AdamW)",
);

const sweeps = {
  context() {
    const contexts = [64, 128, 256, 512, 1024, 2048];
    const results = sweep("context", contexts, steppers, "ms/step", (time) => ({
      threads: 1,
      size: `C:T${time}:B${2048 / time}`,
    }));
    const labels = {
      title: "Milliseconds a step of 2,048 tokens, by context",
      x: "tokens of context",
      y: "ms",
    };
    return [
      "## Context",
      "Size C with rows of so many tokens, 2,048 tokens a step; milliseconds, one thread.",
      resultsTable(results, figure),
      chart("context", results, labels),
    ];
  },
  threads() {
    const counts = Array.from({ length: cores }, (_, i) => i + 1).filter(
      (count) => count <= 2 || count % 2 === 0,
    );
    return [
      "## Threads",
      ...["C", "D"].flatMap((size) => {
        const results = sweep(`${size}, threads`, counts, steppers, "ms/step", (threads) => ({
          threads,
          size,
        }));
        return [`Size ${size}, milliseconds a step, by threads.`, resultsTable(results, figure)];
      }),
    ];
  },
  decode() {
    return [
      "## Decoding",
      ...["C", "D"].flatMap((size) => {
        const results = sweep(`${size}, rows`, [1, 8, 32], decoders, "tokens/s", (rows) => ({
          threads: 1,
          size,
          rows,
        }));
        const labels = {
          title: `Tokens a second at ${size}, by sequences side by side`,
          x: "sequences",
          y: "",
        };
        return [
          `Size ${size}, tokens a second with a KV cache, by sequences side by side; one thread.`,
          resultsTable(results, whole),
          chart(`decode-${size}`, results, labels),
        ];
      }),
    ];
  },
  start() {
    const cold = {
      "parrotlet native": { command: () => [process.execPath, here("first-step.mjs"), "native"] },
      "parrotlet wasm": { command: () => [process.execPath, here("first-step.mjs"), "wasm"] },
      PyTorch: {
        command: () => [python, here("peers/torch-first-step.py")],
        module: "torch",
      },
    };
    const results = sweep("start", ["C"], cold, "ms", () => ({ threads: 1, size: "C" }));
    return [
      "## Cold start",
      "Milliseconds from the start of a process to the end of its first training step, size C.",
      resultsTable(results, figure),
    ];
  },
};

const parts = [
  "# What changes a step",
  `${circumstances()}; medians of ${rounds} interleaved rounds, each in a process of its own.`,
  ...options.only.split(",").flatMap((name) => sweeps[name]()),
];
writeFileSync(`${options.out}.md`, `${parts.join("\n\n")}\n`);
process.stdout.write(`${options.out}.md\n`);
