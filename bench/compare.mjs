/**
 * Milliseconds for one training step, ours and the peers in turn: a Markdown table and a picture, with the machine's peak.
 *
 *     npm run build && npm --prefix bench install && npm --prefix bench run compare
 *     node bench/compare.mjs --rounds 5 --threads 1,2 --sizes A80,C --out docs/bench --python ~/venv/bin/python
 *     node bench/compare.mjs --without "TensorFlow.js WASM,PyTorch (torch.compile)"
 *
 * PyTorch takes part where Python has torch. A contestant that fails is left out, with its error.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { contest, trainers } from "./contest.mjs";
import { circumstances, table } from "./markdown.mjs";
import { measurePeak } from "./peak.mjs";
import { lineChart } from "./picture.mjs";
import { figure, flopsOf, parametersOf } from "./sizes.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: `1,${availableParallelism()}` },
    sizes: { type: "string", default: "A80,A32,B,C,D,E" },
    out: { type: "string", default: "bench/results" },
    python: { type: "string", default: "python3" },
    without: { type: "string", default: "" },
  },
});
const sizes = options.sizes.split(",");
const threadCounts = [...new Set(options.threads.split(",").map(Number))];
const left = options.without.split(",");
const taking = Object.fromEntries(Object.entries(trainers).filter(([name]) => !left.includes(name)));
const plural = (threads) => `${threads} thread${threads === 1 ? "" : "s"}`;

/** Milliseconds a step: `[contestant][size]`. */
function run(threads) {
  const times = {};
  for (const size of sizes) {
    const how = { threads, size, python: options.python, rounds: Number(options.rounds) };
    const medians = contest(taking, "ms/step", how);
    for (const [name, ms] of Object.entries(medians)) times[name] = { ...times[name], [size]: ms };
    const line = Object.entries(medians).map(([name, ms]) => `${name} ${figure(ms)}`);
    process.stderr.write(`${plural(threads)}, ${size}: ${line.join(", ")}\n`);
  }
  return times;
}

function results(times, peak) {
  const peers = Object.entries(times).filter(([name]) => !name.startsWith("parrotlet"));
  const best = (size) => Math.min(...peers.map(([, row]) => row[size] ?? 1 / 0));
  const native = times["parrotlet native"];
  const speed = (size) => flopsOf(size) / native[size] / 1e6;
  const ratio = (size) => (Number.isFinite(best(size)) ? `${(best(size) / native[size]).toFixed(1)}x` : "");
  const row = (name, cell) => [name, ...sizes.map(cell)];
  return table([
    row("", (size) => size),
    ...Object.entries(times).map(([name, of]) => row(name, (size) => figure(of[size]))),
    row("native, against the best peer", ratio),
    row("native, GFLOP/s", (size) => speed(size).toFixed(0)),
    ...(peak
      ? [
          row(
            `of the peak, ${peak.toFixed(0)} GFLOP/s`,
            (size) => `${((100 * speed(size)) / peak).toFixed(0)}%`,
          ),
        ]
      : []),
  ]);
}

function picture(times, peak) {
  const series = Object.entries(times).map(([name, row]) => [
    name,
    Object.entries(row).map(([size, ms]) => [parametersOf(size), ms]),
  ]);
  const least = sizes.map((size) => [parametersOf(size), flopsOf(size) / peak / 1e6]);
  const limit = peak ? [["the machine's FMA peak", least, { dashed: true }]] : [];
  const title = "Milliseconds for one training step, by parameters";
  return lineChart([...series, ...limit], { title, x: "parameters", y: "ms" });
}

const parts = [
  "# Milliseconds for one training step",
  `${circumstances()}; medians of ${options.rounds} interleaved rounds, each in a process of its own. FLOPs are counted as if attention computed all of its square.`,
];
for (const threads of threadCounts) {
  const peak = await measurePeak(threads);
  const times = run(threads);
  const file = `${options.out}-${threads}.svg`;
  writeFileSync(file, picture(times, peak));
  parts.push(
    `## ${plural(threads)}`,
    results(times, peak),
    `![Milliseconds for one training step, by parameters](${file.split("/").at(-1)})`,
  );
}
writeFileSync(`${options.out}.md`, `${parts.join("\n\n")}\n`);
process.stdout.write(`${options.out}.md\n`);
