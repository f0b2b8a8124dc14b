// Run by run.sh under emulation: native kernels against the reference, and with two threads against one.
import { setTimeout as sleep } from "node:timers/promises";
import { type CompiledDevice, ReferenceDevice } from "../../dist/engine/index.js";
import { openDevice } from "../../dist/node/index.js";
import { trainSome } from "../train-some.ts";

for (const preset of ["classic", "llama"] as const) {
  const expected = trainSome(new ReferenceDevice(), preset, 3);
  const native = (await openDevice("native", { threads: 2, worthThreads: 0 })) as CompiledDevice;
  const alone = trainSome(native, preset, 3);
  for (let waited = 0; native.computing < 2 && waited < 300; waited++) await sleep(100);
  const together = trainSome(native, preset, 3);
  const error = expected.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (alone[i] ?? Number.NaN))),
    0,
  );
  const same = together.every((value, i) => Object.is(value, alone[i]));
  const ok = error < 1e-4 && same && native.computing === 2;
  const threads = same ? "the same bits with two threads" : "OTHER BITS with two threads";
  process.stdout.write(
    `${process.arch} ${preset}: error ${error.toExponential(1)}, ${threads} (${native.computing} computed)\n`,
  );
  native.release();
  if (!ok) process.exitCode = 1;
}
