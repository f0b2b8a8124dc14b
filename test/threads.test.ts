// Threads run a built file, so all of this is tested as it is shipped.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, it } from "vitest";
import { MemoryStorage } from "../dist/base/index.js";
import { encodeCheckpoint, loadCheckpoint, saveCheckpoint } from "../dist/checkpoint/index.js";
import { type CompiledDevice, ReferenceDevice } from "../dist/engine/index.js";
import { chooseNative, loadPairs, openDevice } from "../dist/node/index.js";
import { checkRecipe, train } from "../dist/train/index.js";
import { describeDevice } from "../src/engine/devices/device.contract.ts";
import type { Device, Precision } from "../src/engine/index.ts";
import { trainSome } from "./train-some.ts";

const devices = ["wasm", ...(chooseNative().build ? ["native"] : [])];
const opened: CompiledDevice[] = [];
afterAll(() => {
  for (const device of opened) device.release();
});

async function open(name: string, threads: number): Promise<CompiledDevice> {
  const device = (await openDevice(name, { threads, worthThreads: 0 })) as CompiledDevice;
  opened.push(device);
  return device;
}

/** A device whose threads all compute. */
async function withAllThreads(name: string, threads: number): Promise<CompiledDevice> {
  const device = await open(name, threads);
  trainSome(device, "classic", 1); // they start when there is work
  for (let waited = 0; device.computing < threads && waited < 2000; waited++) await sleep(10);
  expect(device.computing).toBe(threads);
  return device;
}

const bytesOf = (numbers: Float32Array): Uint8Array => new Uint8Array(numbers.buffer);

describe.each(devices)("%s", (name) => {
  it.each<{ preset: "classic" | "llama" | "modern"; precision: Precision; packed: boolean }>([
    { preset: "classic", precision: "f32", packed: false },
    { preset: "llama", precision: "f32", packed: false },
    { preset: "modern", precision: "f32", packed: false },
    { preset: "classic", precision: "bf16", packed: false },
    { preset: "classic", precision: "f32", packed: true },
    { preset: "modern", precision: "f32", packed: true },
  ])(
    "gives the same bits of $preset in $precision, packed: $packed, with 1, 2, 3 and 4 threads",
    async ({ preset, precision, packed }) => {
      const first = await open(name, 1);
      if (precision === "bf16" && !first.bf16) return;
      const alone = bytesOf(trainSome(first, preset, 20, precision, packed));
      for (const threads of [2, 3, 4]) {
        const all = await withAllThreads(name, threads);
        const together = bytesOf(trainSome(all, preset, 20, precision, packed));
        expect(Buffer.compare(together, alone), `${threads} threads`).toBe(0);
      }
    },
  );
});

describe.each(["reference", ...devices])("a training on %s", (name) => {
  it.each(["f32", "bf16"] as const)(
    "in %s, resumed with other threads, ends in the same bytes",
    async (precision) => {
      const first = name === "reference" ? new ReferenceDevice() : await open(name, 1);
      if (precision === "bf16" && !first.bf16) return;
      const data = await loadPairs("tinytalks");
      const size = { width: 32, layers: 1, heads: 2, contextWindow: 80 };
      const training = { steps: 8, batch: 4, checkpointSteps: 4, dropout: 0.1, precision };
      const recipe = checkRecipe({ name: "resumed", data: "tinytalks", model: size, training });
      const checkpoints: Map<string, Uint8Array>[] = [];
      const storage = new MemoryStorage();
      for await (const event of train({ recipe, data, device: first })) {
        if (event.type !== "checkpoint") continue;
        checkpoints.push(encodeCheckpoint(event.checkpoint));
        if (event.step === 4) await saveCheckpoint(storage, "half", event.checkpoint);
      }
      const second = name === "reference" ? new ReferenceDevice() : await withAllThreads(name, 3);
      const resume = await loadCheckpoint(storage, "half", second, { withOptimizer: true });
      let last: Map<string, Uint8Array> | undefined;
      for await (const event of train({ recipe, data, device: second, resume }))
        if (event.type === "checkpoint") last = encodeCheckpoint(event.checkpoint);
      expect(last).toEqual(checkpoints.at(-1));
    },
  );
});

for (const name of devices) {
  const device = withAllThreads(name, 3);
  describeDevice(`${name} with three threads`, () => device as Promise<unknown> as Promise<Device>);
}
