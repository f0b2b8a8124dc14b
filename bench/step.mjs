import fs from "node:fs";
import { WasmDevice } from "../dist/engine/index.js";
import { layoutOf, modelConfig, Transformer, Weights } from "../dist/model/index.js";
import { optimizerDefaults } from "../dist/train/optimizer.js";
import { trainProgram } from "../dist/train/train-program.js";

const CFG = {
  A80: [51, 16, 1, 2, 80, 1],
  A32: [51, 16, 1, 2, 32, 1],
  B: [96, 64, 2, 4, 64, 16],
  C: [65, 128, 4, 4, 64, 12],
  D: [65, 384, 6, 6, 256, 4],
};
const med = (a) => a.slice().sort((x, y) => x - y)[a.length >> 1];
for (const n of (process.argv[2] ?? "A80,A32,B,C").split(",")) {
  const [V, d, L, H, T, B] = CFG[n];
  const N = B * T;
  const device = await WasmDevice.create(
    "wasm",
    fs.readFileSync(new URL("../src/engine/kernels/parrotlet.wasm", import.meta.url)),
  );
  const model = new Transformer(
    modelConfig({
      vocabulary: V,
      width: d,
      layers: L,
      heads: H,
      contextWindow: T,
      tied: false,
      biases: false,
      gelu: "erf",
    }),
  );
  const layout = layoutOf(model);
  const w = new Weights(device, layout).initialize(1);
  const S = 64;
  const p = trainProgram({ model, layout, optimizer: optimizerDefaults, batch: B, time: T, steps: S });
  const e = device.load(p, { parameters: w.region });
  let s = 777;
  const rnd = () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s >>> 8;
  };
  const X = new Int32Array(S * N),
    Y = new Int32Array(S * N);
  for (let i = 0; i < S * N; i++) {
    X[i] = rnd() % V;
    Y[i] = rnd() % V;
  }
  e.write("ids", X);
  e.write("targets", Y);
  e.write("rate", new Float32Array(S).fill(1e-3));
  e.write(
    "step",
    Int32Array.from({ length: S }, (_, i) => i + 1),
  );
  const chunk = Math.max(1, n[0] === "A" ? S : 1);
  let t = performance.now();
  while (performance.now() - t < (n === "D" ? 3000 : 700)) e.run(chunk);
  t = performance.now();
  e.run(chunk);
  const it = Math.max(1, Math.round(300 / (performance.now() - t)));
  const r = [];
  for (let q = 0; q < 5; q++) {
    t = performance.now();
    for (let i = 0; i < it; i++) e.run(chunk);
    r.push((performance.now() - t) / it / chunk);
  }
  const ms = med(r);
  const fl = 3 * B * T * (2 * (12 * L * d * d + V * d) + 4 * L * T * d);
  console.log(
    n.padEnd(4),
    layout.count,
    ms.toFixed(4),
    "ms/step",
    (fl / ms / 1e6).toFixed(1),
    "GFLOP/s",
    "ops",
    [
      ...(function* () {
        for (let i = 0; i < p.code.length; i += 2 + p.code[i + 1]) yield p.code[i];
      })(),
    ].length,
    JSON.stringify(p.regions),
    "loss",
    e.read("loss")[0],
  );
}
