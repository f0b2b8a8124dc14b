/**
 * Ours and the peers, one after another in every round, so that all meet the same machine. Medians go into a Markdown table
 * and a picture.
 *
 *     npm run build && npm --prefix bench install && npm --prefix bench run compare
 *     node bench/compare.mjs --rounds 5 --threads 1,2 --sizes A80,C --out docs/bench --python ~/venv/bin/python
 *
 *     node bench/compare.mjs --without "TensorFlow.js WASM,PyTorch (torch.compile)"
 *
 * PyTorch takes part where Python has torch. A contestant that fails is left out, with its error.
 */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { scaleLog } from "d3-scale";
import { SIZES } from "./sizes.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    threads: { type: "string", default: `1,${availableParallelism()}` },
    sizes: { type: "string", default: "A80,A32,B,C,D" },
    out: { type: "string", default: "bench/results" },
    python: { type: "string", default: "python3" },
    without: { type: "string", default: "" },
  },
});
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const names = options.sizes.split(",");
const threadCounts = [...new Set(options.threads.split(",").map(Number))];

/** A contestant measures one size in a process of its own and prints `... 0.123 ms/step`. */
const ours = (device) => (threads, size) => [
  ...[process.execPath, here("steps.mjs"), "--device", device, "--threads", `${threads}`],
  ...["--sizes", size, "--rounds", "1"],
];
const torch = (mode) => (threads, size) => [
  options.python,
  here("peers/torch-step.py"),
  `${threads}`,
  mode,
  size,
];
const contestants = {
  "parrotlet native": { command: ours("native") },
  "parrotlet wasm": { command: ours("wasm") },
  "PyTorch (SDPA, fused AdamW)": { command: torch("sdpa"), here: () => hasTorch() },
  "PyTorch (torch.compile)": { command: torch("compile"), here: () => hasTorch() },
  "TensorFlow.js WASM": {
    command: (_, size) => [process.execPath, here("peers/tfjs-step.mjs"), size],
    here: () => existsSync(here("node_modules/@tensorflow/tfjs")),
    oneThread: true,
  },
};
const left = options.without.split(",");
const hasTorch = () => spawnSync(options.python, ["-c", "import torch"]).status === 0;

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

function measure([program, ...args]) {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: "utf8", timeout: 300_000 });
  const found = /([\d.]+) ms\/step/.exec(stdout ?? "");
  if (status !== 0 || !found) throw new Error((stderr || stdout || "no answer").trim().split("\n").at(-1));
  return Number(found[1]);
}

const isTaking = (threads, [name, { here: isHere = () => true, oneThread = false }]) =>
  !left.includes(name) && isHere() && (threads === 1 || !oneThread);

/** Medians of one size over interleaved rounds, by contestant; one that fails is absent. */
function compareAt(size, threads, taking) {
  const rounds = new Map(taking.map(([name]) => [name, []]));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [name, { command }] of taking.filter(([each]) => rounds.has(each))) {
      try {
        rounds.get(name).push(measure(command(threads, size)));
      } catch (error) {
        rounds.delete(name);
        process.stderr.write(`${name} is left out at ${size}: ${error.message}\n`);
      }
    }
  }
  return new Map([...rounds].map(([name, list]) => [name, median(list)]));
}

/** Milliseconds a step: `[contestant][size]`. */
function run(threads) {
  const taking = Object.entries(contestants).filter((each) => isTaking(threads, each));
  const times = Object.fromEntries(taking.map(([name]) => [name, {}]));
  for (const size of names) {
    const medians = compareAt(size, threads, taking);
    for (const [name, ms] of medians) times[name][size] = ms;
    const line = [...medians].map(([name, ms]) => `${name} ${figure(ms)}`).join(", ");
    process.stderr.write(`${threads} thread${threads === 1 ? "" : "s"}, ${size}: ${line}\n`);
  }
  return times;
}

const parameters = ({ vocabulary: V, width: C, layers: L, contextWindow: T }) =>
  2 * V * C + T * C + L * (12 * C * C + 2 * C) + C;
const flops = ({ vocabulary: V, width: C, layers: L, contextWindow: T, batch: B }) =>
  3 * B * T * (2 * (12 * L * C * C + V * C) + 4 * L * T * C);
const figure = (ms) =>
  ms === undefined ? "" : ms < 1 ? ms.toFixed(3) : ms < 100 ? ms.toFixed(1) : ms.toFixed(0);

function table(times) {
  const best = (size) =>
    Math.min(
      ...Object.entries(times).map(([name, row]) =>
        name.startsWith("parrotlet") ? 1 / 0 : (row[size] ?? 1 / 0),
      ),
    );
  const rows = Object.entries(times).map(
    ([name, row]) => `| ${name} | ${names.map((size) => figure(row[size])).join(" | ")} |`,
  );
  const native = times["parrotlet native"];
  const ratios = names.map((size) =>
    Number.isFinite(best(size)) ? `${(best(size) / native[size]).toFixed(1)}x` : "",
  );
  const speeds = names.map((size) => (flops(SIZES[size]) / native[size] / 1e6).toFixed(0));
  return [
    `| | ${names.join(" | ")} |`,
    `| - | ${names.map(() => "-").join(" | ")} |`,
    ...rows,
    `| native, against the best peer | ${ratios.join(" | ")} |`,
    `| native, GFLOP/s | ${speeds.join(" | ")} |`,
  ].join("\n");
}

const COLORS = ["#2f81f7", "#3fb950", "#d29922", "#db6d28", "#a371f7"];

function picture(times) {
  const [width, height, left, bottom] = [760, 420, 70, 50];
  const all = Object.values(times).flatMap(Object.values);
  const counts = names.map((name) => parameters(SIZES[name]));
  const x = scaleLog([Math.min(...counts) / 1.3, Math.max(...counts) * 1.3], [left, width - 250]);
  const y = scaleLog([Math.min(...all) / 2, Math.max(...all) * 2], [height - bottom, 20]);
  const series = Object.entries(times).map(([name, row], index) => {
    const points = names
      .filter((size) => row[size] !== undefined)
      .map((size) => [x(parameters(SIZES[size])), y(row[size])])
      .sort((a, b) => a[0] - b[0]);
    const dots = points
      .map(([cx, cy]) => `<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="3.5"/>`)
      .join("");
    const path = points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(" ");
    const label = `<text x="${width - 235}" y="${40 + 22 * index}" stroke="none">${name}</text>`;
    return `<g stroke="${COLORS[index]}" fill="${COLORS[index]}"><polyline points="${path}" fill="none" stroke-width="2"/>${dots}${label}</g>`;
  });
  const powers = (scale) => scale.ticks().filter((tick) => Number.isInteger(Math.log10(tick)));
  const grid = [
    ...powers(y).map(
      (tick) =>
        `<line x1="${left}" x2="${width - 250}" y1="${y(tick)}" y2="${y(tick)}"/><text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end" stroke="none">${tick} ms</text>`,
    ),
    ...powers(x).map(
      (tick) =>
        `<line x1="${x(tick)}" x2="${x(tick)}" y1="20" y2="${height - bottom}"/><text x="${x(tick)}" y="${height - bottom + 18}" text-anchor="middle" stroke="none">${tick.toLocaleString("en-US")}</text>`,
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" role="img">
<title>Milliseconds for one training step, by parameters</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<g stroke="#d0d7de" fill="#57606a">${grid.join("")}</g>
<text x="${(width - 250 + left) / 2}" y="${height - 12}" text-anchor="middle" fill="#57606a">parameters</text>
${series.join("\n")}
</svg>
`;
}

const parts = [
  "# Milliseconds for one training step",
  `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}; medians of ${options.rounds} interleaved rounds, each in a process of its own.`,
];
for (const threads of threadCounts) {
  const times = run(threads);
  const file = `${options.out}-${threads}.svg`;
  writeFileSync(file, picture(times));
  parts.push(
    `## ${threads} thread${threads === 1 ? "" : "s"}`,
    table(times),
    `![Milliseconds for one training step, by parameters](${file.split("/").at(-1)})`,
  );
}
writeFileSync(`${options.out}.md`, `${parts.join("\n\n")}\n`);
process.stdout.write(`${options.out}.md\n`);
