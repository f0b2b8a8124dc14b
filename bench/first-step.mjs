/** Milliseconds from the start of this process to the end of its first training step: node first-step.mjs DEVICE */
import { openDevice } from "../dist/node/index.js";
import { prepareStep } from "./training-step.mjs";

const device = await openDevice(process.argv[2], { threads: 1 });
prepareStep("C", device).measure(0);
process.stdout.write(`${performance.now().toFixed(1)} ms\n`); // it counts from the start of the process
process.exit(0);
