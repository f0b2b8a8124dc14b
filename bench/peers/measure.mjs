/** Milliseconds for one training step of a peer in Node: node measure.mjs tfjs|jax SIZE_AS_JSON */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { medianOf } from "./median-step.mjs";

const [, , peer, size] = process.argv;
const { prepare } = await import(`./${peer}.mjs`);
const tensorflow = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
const { step } = await prepare(JSON.parse(size), { folder: `${dirname(tensorflow)}/` });
await medianOf(step, { rounds: 1, ms: 1000 });
const ms = await medianOf(step, { rounds: 3, ms: 500 });
process.stdout.write(`${ms.toFixed(4)} ms/step\n`);
process.exit(0); // whatever a peer has left running
