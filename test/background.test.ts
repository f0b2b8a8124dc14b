import { getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";

it("steps back with a thread alone, and those that it starts", async () => {
  const path = JSON.stringify(new URL("../dist/node/background.js", import.meta.url).href);
  const priority = `require("node:os").getPriority(Number(require("node:fs").readlinkSync("/proc/thread-self").split("/").at(-1)))`;
  const inner = JSON.stringify(`require("node:worker_threads").parentPort.postMessage(${priority})`);
  const code = `
    const { parentPort, Worker } = require("node:worker_threads");
    import(${path}).then(({ stepBack }) => {
      if (!stepBack()) return parentPort.postMessage(undefined);
      new Worker(${inner}, { eval: true }).on("message", (started) => parentPort.postMessage([${priority}, started]));
    });`;
  const before = getPriority();
  const worker = new Worker(code, { eval: true });
  const seen = await new Promise((resolve, reject) => worker.on("message", resolve).on("error", reject));
  expect(seen).toEqual(process.platform === "linux" ? [10, 10] : undefined);
  expect(getPriority()).toBe(before);
});
