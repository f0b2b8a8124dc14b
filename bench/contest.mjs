/** Contestants measured in turn, so that all meet the same machine: each in a process of its own, medians of some rounds. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { median, parametersOf, sizeNamed } from "./sizes.mjs";

export const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const asJson = (size) => JSON.stringify(sizeNamed(size));
const ours =
  (device, ...more) =>
  ({ threads, size }) => [
    ...[process.execPath, here("steps.mjs"), "--device", device, "--threads", `${threads}`],
    ...["--sizes", size, "--rounds", "3", ...more],
  ];
const inJavaScript = (peer) => ({
  command: ({ size }) => [process.execPath, here("peers/measure.mjs"), peer, asJson(size)],
  needs: peer === "jax" ? "@jax-js/jax" : "@tensorflow/tfjs",
  // They take minutes for a step of what is larger, or have one thread.
  takes: ({ threads, size }) => threads === 1 && parametersOf(size) < 2e6,
});
const inTorch = (mode) => ({
  command: ({ threads, size, python }) => [
    python,
    here("peers/torch-step.py"),
    `${threads}`,
    mode,
    asJson(size),
  ],
  module: "torch",
});

/** Who takes training steps. `command` makes the process that prints `0.123 ms/step`. */
export const trainers = {
  "parrotlet native": { command: ours("native") },
  "parrotlet native, bf16": { command: ours("native", "--precision", "bf16") },
  "parrotlet wasm": { command: ours("wasm") },
  "PyTorch (SDPA, fused AdamW)": inTorch("sdpa"),
  "PyTorch (torch.compile)": { ...inTorch("compile"), takes: ({ size }) => parametersOf(size) < 2e7 },
  "jax-js": inJavaScript("jax"),
  "TensorFlow.js WASM": inJavaScript("tfjs"),
};

const ourDecoder =
  (device) =>
  ({ threads, size, rows }) => [
    ...[process.execPath, here("decode.mjs"), "--device", device, "--threads", `${threads}`],
    ...["--sizes", size, "--rows", `${rows}`, "--rounds", "3"],
  ];
const pythonDecoder = (file, module) => ({
  command: ({ threads, size, rows, python }) => [
    python,
    here(`peers/${file}`),
    `${threads}`,
    asJson(size),
    `${rows}`,
  ],
  module,
});

/**
 * Who decodes with a KV cache. llama.cpp takes part after `npm --prefix bench install --no-save node-llama-cpp` (725 MB).
 * `command` makes the process that prints `123.4 tokens/s`.
 */
export const decoders = {
  "parrotlet native": { command: ourDecoder("native") },
  "parrotlet wasm": { command: ourDecoder("wasm") },
  "PyTorch, modules and a cache": {
    ...pythonDecoder("torch-decode-module.py", "torch"),
    takes: ({ rows }) => rows <= 8, // copying a cache of more takes minutes at D
  },
  "PyTorch, tuned by hand": pythonDecoder("torch-decode.py", "torch"),
  "ONNX Runtime": pythonDecoder("onnx-decode.py", "onnxruntime"),
  "llama.cpp": {
    command: ({ threads, size }) => [
      process.execPath,
      here("peers/llama-decode.mjs"),
      `${threads}`,
      asJson(size),
      "1",
    ],
    needs: "node-llama-cpp",
    // Through the npm package ggml starts its threads anew for each token: 60 tokens/s with two.
    takes: ({ rows, threads }) => rows === 1 && threads === 1,
  },
};

const found = new Map();
/** Whether what a contestant needs is installed. */
function isHere({ needs, module }, python) {
  if (needs) return existsSync(here(`node_modules/${needs}`));
  if (!module) return true;
  if (!found.has(module)) found.set(module, spawnSync(python, ["-c", `import ${module}`]).status === 0);
  return found.get(module);
}

function measure([program, ...args], unit) {
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: "utf8", timeout: 600_000 });
  const figure = new RegExp(`([\\d.,]+) ${unit}`).exec(stdout ?? "");
  if (status !== 0 || !figure) throw new Error((stderr || stdout || "no answer").trim().split("\n").at(-1));
  return Number(figure[1].replaceAll(",", ""));
}

/**
 * Medians over interleaved rounds, by contestant; one that fails is absent, and says why on stderr.
 *
 * @param how `python`, `rounds`, and what the commands need: `threads`, `size`, `rows`.
 */
export function contest(contestants, unit, how) {
  const taking = Object.entries(contestants).filter(
    ([, each]) => isHere(each, how.python) && (each.takes?.(how) ?? true),
  );
  const rounds = new Map(taking.map(([name]) => [name, []]));
  for (let round = 0; round < how.rounds; round++) {
    for (const [name, { command }] of taking) {
      if (!rounds.has(name)) continue;
      try {
        rounds.get(name).push(measure(command(how), unit));
      } catch (error) {
        rounds.delete(name);
        process.stderr.write(`${name} is left out at ${how.size}: ${error.message}\n`);
      }
    }
  }
  return Object.fromEntries([...rounds].map(([name, list]) => [name, median(list)]));
}
