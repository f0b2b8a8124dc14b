import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { decodeSafetensors, loadModel, toFile } from "../../src/checkpoint/index.ts";
import { compile, crossEntropy, type Device, gradients, Input, ReferenceDevice } from "../../src/engine/index.ts";
import { Decoder, generate, generationConfig } from "../../src/generate/index.ts";
import { chooseNative, FileStorage, openDevice } from "../../src/node/index.ts";
import { optimizerDefaults, trainProgram } from "../../src/train/index.ts";

const here = new FileStorage(fileURLToPath(new URL(".", import.meta.url)));
const models = ["gpt2-6k", "gpt2-100k-tied", "llama-100k-gqa"];
const devices: Readonly<Record<string, () => Promise<Device>>> = {
  reference: async () => new ReferenceDevice(),
  wasm: () => openDevice("wasm", { threads: 1 }),
  "wasm with two threads": () => openDevice("wasm", { threads: 2, worthThreads: 0 }),
  ...(chooseNative().build
    ? {
        native: () => openDevice("native", { threads: 1 }),
        "native with two threads": () => openDevice("native", { threads: 2, worthThreads: 0 }),
      }
    : {}),
};

function expectations(folder: string) {
  const file = decodeSafetensors(readFileSync(here.describe(`${folder}/expected.safetensors`)), folder);
  return {
    floats: (name: string): Float32Array => file.get(name)?.values as Float32Array,
    integers: (name: string): Int32Array => Int32Array.from(file.get(name)?.values as BigInt64Array, Number),
    names: [...file.keys()],
  };
}

/** The largest difference, relative to the largest number. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN))), 0) / largest;
}

const TOLERANCE = 2e-5;

describe.each(models)("PyTorch's numbers for %s", (folder) => {
  const expected = expectations(folder);

  describe.each(Object.entries(devices))("on %s", (_, open) => {
    it("logits, loss, every gradient and their norm", async () => {
      const { model, weights } = await loadModel(here, folder, await open());
      const ids = new Input("ids", [3, 24], { dtype: "i32" });
      const targets = new Input("targets", [3, 24], { dtype: "i32" });
      const logits = model.forward(ids);
      const { loss } = crossEntropy(logits, targets);
      const { layout } = weights;
      const program = weights.device.load(
        compile({ layout, outputs: { logits, loss }, gradients: gradients(loss, model.parameters) }),
        { parameters: weights.region },
      );
      program.write("ids", expected.integers("input_ids"));
      program.write("targets", expected.integers("labels"));
      program.run();
      expect(relativeError(program.read("logits"), expected.floats("logits"))).toBeLessThan(TOLERANCE);
      expect(relativeError(program.read("loss"), expected.floats("loss"))).toBeLessThan(TOLERANCE);
      const region = program.region("gradients");
      const ours = toFile(model, (parameter) => region.read(layout.offsetOf(parameter), parameter.size));
      const wanted = expected.names.filter((name) => name.startsWith("grad."));
      expect([...ours.keys()].map((name) => `grad.${name}`).sort()).toEqual(wanted.sort());
      for (const [name, { values }] of ours) {
        expect(relativeError(values, expected.floats(`grad.${name}`)), name).toBeLessThan(TOLERANCE);
      }
    });

    it("the greedy continuation, token for token", async () => {
      const decoder = new Decoder(await loadModel(here, folder, await open()));
      const [prompt, greedy] = [expected.integers("prompt"), expected.integers("greedy")];
      const made: number[] = [];
      const options = { eos: -1, config: generationConfig({ maxNewTokens: greedy.length - prompt.length }) };
      for await (const token of generate(decoder, [...prompt], options)) made.push(token);
      expect([...prompt, ...made]).toEqual([...greedy]);
    });

    it("ten steps of AdamW with the norm clipped", async () => {
      const { model, weights } = await loadModel(here, folder, await open());
      const optimizer = { ...optimizerDefaults, betas: [0.9, 0.95] as const, decay: 0.1, clipNorm: 1 };
      const program = weights.device.load(trainProgram({ model, optimizer, batch: 3, time: 24, steps: 10 }), {
        parameters: weights.region,
      });
      const repeated = (values: Int32Array): number[] => Array.from({ length: 10 }, () => [...values]).flat();
      program.write("ids", repeated(expected.integers("input_ids")));
      program.write("targets", repeated(expected.integers("labels")));
      program.write("rate", new Float32Array(10).fill(1e-3));
      program.write("step", Int32Array.from({ length: 10 }, (_, step) => step + 1));
      program.run(10);
      expect(relativeError(program.read("loss", 10), expected.floats("losses"))).toBeLessThan(TOLERANCE);
      expect(relativeError(program.read("norm", 1), expected.floats("norm"))).toBeLessThan(TOLERANCE);
    });
  });
});
