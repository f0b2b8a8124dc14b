/** Our training step of one size, in Node and in a browser. */
import { layoutOf, Weights } from "../dist/model/index.js";
import { optimizerDefaults, trainProgram } from "../dist/train/index.js";
import { modelOf, sizeNamed } from "./sizes.mjs";

/** Steps whose rows lie ready in the device's memory. */
const QUEUE = 64;

/** A program of one size with a queue of random rows, and a way to time it. */
export function prepareStep(name, device, precision = "f32") {
  const { batch, contextWindow, vocabulary } = sizeNamed(name);
  const model = modelOf(name);
  const layout = layoutOf(model);
  const weights = new Weights(device, layout).initialize(1);
  const optimizer = optimizerDefaults;
  const program = trainProgram({
    model,
    layout,
    optimizer,
    batch,
    time: contextWindow,
    steps: QUEUE,
    precision,
  });
  const executable = device.load(program, { parameters: weights.region });
  let state = 777;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) % vocabulary;
  };
  const count = QUEUE * batch * contextWindow;
  executable.write("ids", Int32Array.from({ length: count }, random));
  executable.write("targets", Int32Array.from({ length: count }, random));
  executable.write("rate", new Float32Array(QUEUE).fill(1e-3));
  executable.write(
    "step",
    Int32Array.from({ length: QUEUE }, (_, i) => i + 1),
  );
  const steps = name.startsWith("A") ? QUEUE : 1;
  return {
    program,
    parameters: layout.count,
    /** Milliseconds a step, over `ms` of running. */
    measure: (ms) => {
      const start = performance.now();
      let done = 0;
      for (; done === 0 || performance.now() - start < ms; done += steps) executable.run(steps);
      return (performance.now() - start) / done;
    },
    release: () => {
      executable.release();
      weights.region.release();
    },
  };
}

/** Resolves when all threads of a device are there: they start when a program is loaded that is worth them. */
export async function allThreads(device) {
  while (device.computing < device.threads) await new Promise((resolve) => setTimeout(resolve, 5));
}
