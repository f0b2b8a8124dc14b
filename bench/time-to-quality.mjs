/**
 * How soon a text is learned, beside a PyTorch recipe on the same machine, one after the other:
 *
 *     npm run build
 *     node bench/time-to-quality.mjs TEXT --baseline SCRIPT.py [--python PYTHON] [--threads 2] [--rounds 3] [--only NAME,...]
 *
 * TEXT is tiny Shakespeare. SCRIPT trains nanoGPT's recipe for a CPU and prints `iter N  trained S s  val L`. Ours are timed from
 * the start of the process to its end, with reading, tokenizing, the checkpoint and the report. The loss is measured here, from
 * the checkpoint on the disk: the last tenth of the text, in windows side by side, each predicted from its own start; by windows of
 * the model's own context, as the script does with its own, and of 64.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadCheckpoint } from "../dist/checkpoint/index.js";
import { compile, crossEntropy, Input } from "../dist/engine/index.js";
import { FileStorage, openDevice } from "../dist/node/index.js";
import { circumstances, say } from "./markdown.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    baseline: { type: "string" },
    python: { type: "string", default: "python3" },
    threads: { type: "string", default: "2" },
    rounds: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const [text] = positionals;
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What is trained: a recipe of bench/recipes/, or what the program chooses by itself for so many minutes. */
const trainings = {
  modern: ["--recipe", here("recipes/seconds.yaml")],
  classic: ["--recipe", here("recipes/classic.yaml")],
  minute: ["--minutes", "0.88"],
  "five minutes": ["--minutes", "4.75"],
};

function trainOurs(args) {
  const home = mkdtempSync(join(tmpdir(), "parrotlet-bench-"));
  const began = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [here("../dist/cli/main.js"), "train", text, ...args, "--threads", values.threads, "--name", "run"],
    { env: { ...process.env, PARROTLET_HOME: home }, encoding: "utf8" },
  );
  const seconds = (performance.now() - began) / 1000;
  if (status !== 0) throw new Error(stderr);
  return { seconds, home };
}

/** The mean loss over the last tenth, from the best checkpoint of the run as it lies on the disk. */
async function lossOnDisk(home, device, windows) {
  const storage = new FileStorage(join(home, "runs/run"));
  const steps = (await storage.list("checkpoints")).map(({ name }) => name);
  const newest = JSON.parse(
    readFileSync(join(home, "runs/run/checkpoints", steps.at(-1), "parrotlet.json"), "utf8"),
  );
  const best = `checkpoints/step-${String(newest.best.step).padStart(6, "0")}`;
  const { model, weights, tokenizer } = await loadCheckpoint(storage, best, device);
  const all = readFileSync(text, "utf8");
  const held = tokenizer.encode(all.slice(Math.floor(0.9 * all.length)));
  const time = windows ?? model.config.contextWindow;
  const shape = [64, time];
  const [ids, targets] = [
    new Input("ids", shape, { dtype: "i32" }),
    new Input("targets", shape, { dtype: "i32", mayBeNegative: true }),
  ];
  const { loss } = crossEntropy(model.forward(ids), targets);
  const program = device.load(compile({ layout: weights.layout, outputs: { loss } }), {
    parameters: weights.region,
  });
  const count = Math.floor((held.length - 1) / time);
  let total = 0;
  for (let from = 0; from < count; from += 64) {
    const rows = Math.min(64, count - from);
    const [x, y] = [new Int32Array(64 * time), new Int32Array(64 * time).fill(-1)];
    x.set(held.slice(from * time, (from + rows) * time));
    y.set(held.slice(from * time + 1, (from + rows) * time + 1));
    program.write("ids", x);
    program.write("targets", y);
    program.run();
    total += program.read("loss")[0] * rows;
  }
  const parameters = weights.layout.count;
  program.release();
  weights.release();
  return { loss: total / count, parameters, step: newest.best.step, of: newest.step };
}

function trainBaseline() {
  const { stdout, stderr, status } = spawnSync(values.python, [values.baseline, text, values.threads], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  const last = stdout.trim().split("\n").at(-1);
  const [, seconds, loss] = /trained\s+([\d.]+) s\s+val ([\d.]+)/.exec(last);
  return { seconds: Number(seconds), loss: Number(loss) };
}

const device = await openDevice("auto", { threads: 1 });
const names = values.only?.split(",") ?? Object.keys(trainings);
say(circumstances());
for (let round = 1; round <= Number(values.rounds); round++) {
  const baseline = values.baseline ? trainBaseline() : undefined;
  if (baseline)
    say(
      `round ${round}  PyTorch  ${baseline.seconds.toFixed(1)} s of training  loss ${baseline.loss.toFixed(4)}`,
    );
  for (const name of names) {
    const { seconds, home } = trainOurs(trainings[name]);
    const own = await lossOnDisk(home, device);
    const short = await lossOnDisk(home, device, 64);
    rmSync(home, { recursive: true });
    const share = baseline ? `  1/${(baseline.seconds / seconds).toFixed(1)} of the time` : "";
    say(
      `round ${round}  ${name}  ${seconds.toFixed(2)} s from start to end${share}  loss ${own.loss.toFixed(4)}, by windows of 64 ` +
        `${short.loss.toFixed(4)}  ${own.parameters} parameters, best step ${own.step} of ${own.of}`,
    );
  }
}
device.release();
