import { Rng } from "../dist/base/index.js";
import type { Device, Precision } from "../dist/engine/index.js";
import { layoutOf, modelConfig, Transformer, Weights } from "../dist/model/index.js";
import { optimizerDefaults, trainProgram } from "../dist/train/index.js";

/** The parameters of a small model after some steps of training on numbers that mean nothing. */
export function trainSome(
  device: Device,
  preset: "classic" | "llama" | "modern",
  steps: number,
  precision: Precision = "f32",
  packed = false,
): Float32Array {
  const [vocabulary, time, batch] = [37, 40, 3];
  const shape = { vocabulary, width: 48, layers: 2, heads: 4, contextWindow: time, preset };
  const model = new Transformer(modelConfig({ ...shape, kvHeads: preset === "llama" ? 2 : 4 }));
  const layout = layoutOf(model);
  const weights = new Weights(device, layout).initialize(1);
  const sizes = { batch, time, steps, dropout: 0.1, precision, packed };
  const optimizer = { ...optimizerDefaults, kind: preset === "modern" ? "muon" : "adamw" } as const;
  const program = trainProgram({ model, layout, optimizer, ...sizes });
  const executable = device.load(program, { parameters: weights.region });
  const rng = new Rng(5);
  const ids = Int32Array.from({ length: steps * batch * time }, () => rng.below(vocabulary));
  executable.write("ids", ids);
  executable.write("targets", ids);
  if (packed) executable.write("segments", segmentsOf(steps * batch, time, rng));
  executable.write("rate", new Float32Array(steps).fill(0.01));
  executable.write(
    "step",
    Int32Array.from({ length: steps }, (_, step) => step + 1),
  );
  executable.run(steps);
  const parameters = weights.region.read(0, weights.region.words);
  executable.release();
  return parameters;
}

/** Rows of segments whose lengths differ. */
function segmentsOf(rows: number, time: number, rng: Rng): Int32Array {
  const starts = new Int32Array(rows * time);
  for (let i = 0; i < starts.length; i++) {
    const ends = rng.below(12) === 0;
    starts[i] = i % time === 0 ? 0 : ends ? i % time : (starts[i - 1] ?? 0);
  }
  return starts;
}
