import { describe, expect, it } from "vitest";
import { Rng } from "../src/base/index.ts";
import { type Device, ReferenceDevice } from "../src/engine/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../src/model/index.ts";
import { chooseNative, openDevice } from "../src/node/index.ts";
import { optimizerDefaults, trainProgram } from "../src/train/index.ts";

const devices: Readonly<Record<string, () => Promise<Device>>> = {
  reference: async () => new ReferenceDevice(),
  wasm: () => openDevice("wasm", { threads: 1 }),
  ...(chooseNative().build ? { native: () => openDevice("native", { threads: 1 }) } : {}),
};
const shape = { vocabulary: 29, width: 32, layers: 2, heads: 4, contextWindow: 120, deviation: 0.3 };
const presets = {
  classic: { ...shape, preset: "classic" },
  "llama with grouped queries": { ...shape, preset: "llama", kvHeads: 2 },
  modern: {
    ...shape,
    preset: "modern",
    ...{ zeroProjections: false, valueResidual: true, residualScalars: true, bigrams: 100 },
  },
} as const;
const time = shape.contextWindow;

/** Texts that are longer and shorter than a block of queries, and one that ends with it. */
const lengths = [41, 23, 49];
const rng = new Rng(8);
const texts = lengths.map((length) => Array.from({ length }, () => rng.below(shape.vocabulary)));
const padded = <T>(row: readonly T[], filler: T): T[] => [
  ...row,
  ...new Array<T>(time - row.length).fill(filler),
];
const targetsOf = (text: readonly number[]): number[] => [...text.slice(1), -1];

interface Batch {
  readonly ids: readonly number[];
  readonly targets: readonly number[];
  readonly segments?: readonly number[];
}

const apart: Batch = {
  ids: texts.flatMap((text) => padded(text, 0)),
  targets: texts.flatMap((text) => padded(targetsOf(text), -1)),
};

function inOneRow(): Batch {
  const starts = lengths.map((_, i) => lengths.slice(0, i).reduce((sum, length) => sum + length, 0));
  const segments = lengths.flatMap((length, i) => new Array<number>(length).fill(starts[i] ?? 0));
  const end = segments.length;
  return {
    ids: padded(texts.flat(), 0),
    targets: padded(texts.flatMap(targetsOf), -1),
    segments: padded(segments, end),
  };
}

/** The loss and the gradients of one step. */
function step(device: Device, preset: keyof typeof presets, batch: Batch) {
  const model = new Transformer(modelConfig(presets[preset]));
  const weights = new Weights(device, layoutOf(model)).initialize(2);
  const program = trainProgram({
    model,
    optimizer: optimizerDefaults,
    batch: batch.ids.length / time,
    time,
    packed: batch.segments !== undefined,
  });
  const executable = device.load(program, { parameters: weights.region });
  for (const [name, values] of Object.entries(batch)) executable.write(name, values);
  executable.write("rate", [0]);
  executable.write("step", [1]);
  executable.run();
  const gradients = executable.region("gradients").read(0, program.regions.gradients);
  return { loss: executable.read("loss")[0] ?? Number.NaN, gradients };
}

describe.each(Object.entries(devices))("on %s", (_, open) => {
  describe.each(Object.keys(presets) as (keyof typeof presets)[])("%s", (preset) => {
    it("learns from texts in one row what it learns from rows of their own", async () => {
      const device = await open();
      const [packed, separate] = [step(device, preset, inOneRow()), step(device, preset, apart)];
      expect(packed.loss).toBeCloseTo(separate.loss, 5);
      const largest = separate.gradients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const error = packed.gradients.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - (separate.gradients[i] ?? Number.NaN))),
        0,
      );
      expect(error / largest).toBeLessThan(1e-5);
    });

    it("gives the same bits where each row is one segment as without segments", async () => {
      const device = await open();
      const segments = new Array<number>(apart.ids.length).fill(0);
      expect(step(device, preset, { ...apart, segments })).toEqual(step(device, preset, apart));
    });
  });
});
