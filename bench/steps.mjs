/**
 * Milliseconds for one training step, and the parts of the memory.
 *
 *     npm run bench                                     all sizes on the fastest device
 *     npm run bench -- --sizes A80,C --device wasm --threads 1 --rounds 7
 *     npm run bench -- --beside "node peer.mjs"         a peer, run in turn with ours
 *
 * A peer is called with the name of a size as its last argument and prints a line with that name and `0.123 ms/step`. Rounds
 * of ours and of the peer are interleaved and medians compared, because machines are shared and noisy.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { openDevice } from "../dist/node/index.js";
import { flopsOf, median } from "./sizes.mjs";
import { prepareStep } from "./training-step.mjs";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "A80,A32,B,C" },
    device: { type: "string", default: "auto" },
    threads: { type: "string" },
    rounds: { type: "string", default: "5" },
    beside: { type: "string" },
    precision: { type: "string", default: "f32" },
  },
});
const rounds = Number(options.rounds);

async function prepare(name) {
  const device = await openDevice(
    options.device,
    options.threads ? { threads: Number(options.threads) } : {},
  );
  return { device, ...prepareStep(name, device, options.precision) };
}

function peer(name) {
  const [command, ...args] = options.beside.split(" ");
  const { stdout, status, stderr } = spawnSync(command, [...args, name], { encoding: "utf8" });
  const found = /([\d.]+) ms\/step/.exec(stdout ?? "");
  if (status !== 0 || !found) throw new Error(`the peer failed on ${name}: ${stderr || stdout}`);
  return Number(found[1]);
}

const memory = (words) =>
  words < 2 ** 18 ? `${Math.ceil(words / 256)} KiB` : `${(words / 2 ** 18).toFixed(1)} MiB`;

for (const name of options.sizes.split(",")) {
  const ours = await prepare(name);
  ours.measure(name.startsWith("D") ? 3000 : 700);
  const [own, other] = [[], []];
  for (let round = 0; round < rounds; round++) {
    own.push(ours.measure(400));
    if (options.beside) other.push(peer(name));
  }
  const ms = median(own);
  const { parameters, gradients, optimizer, activations } = ours.program.regions;
  const line = [
    name.padEnd(4),
    `${ours.parameters.toLocaleString("en-US").padStart(10)} parameters`,
    `${ms.toFixed(4).padStart(10)} ms/step`,
    `${(flopsOf(name) / ms / 1e6).toFixed(1).padStart(6)} GFLOP/s`,
    ours.device.name,
    `memory: parameters ${memory(parameters)}, gradients ${memory(gradients)}, optimizer ${memory(optimizer)}, activations ${memory(activations)}`,
  ];
  if (other.length > 0)
    line.splice(3, 0, `peer ${median(other).toFixed(4)} ms/step`, `ratio ${(ms / median(other)).toFixed(2)}`);
  process.stdout.write(`${line.join("  ")}\n`);
  ours.device.release();
}
