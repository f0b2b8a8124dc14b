/** Measures one contestant at one size, when it is told to. */
import { sizeNamed } from "../sizes.mjs";

const PEERS = { jax: () => import("../peers/jax.mjs"), tfjs: () => import("../peers/tfjs.mjs") };
/** A round of it, and what ends it. */
let measure;
let release = () => {};

async function prepareOurs(size, threads) {
  const { openDevice } = await import("../../dist/browser/index.js");
  const { allThreads, prepareStep } = await import("../training-step.mjs");
  const device = await openDevice("auto", { threads });
  const ours = prepareStep(size, device);
  if (ours.program.work >= 3_000_000) await allThreads(device);
  ours.measure(300);
  measure = async (ms) => ours.measure(ms);
  release = () => device.release();
}

async function preparePeer(contestant, size) {
  const { prepare } = await PEERS[contestant]();
  const { medianOf } = await import("../peers/median-step.mjs");
  const folder = "/node_modules/@tensorflow/tfjs-backend-wasm/dist/";
  const { step } = await prepare(sizeNamed(size), { folder });
  for (let warm = 0; warm < 3; warm++) await step();
  measure = (ms) => medianOf(step, { rounds: 1, ms });
}

const answers = {
  prepare: ({ contestant, size, threads }) =>
    contestant === "parrotlet" ? prepareOurs(size, threads) : preparePeer(contestant, size),
  measure: (ms) => measure(ms),
  release: () => {
    release();
    setTimeout(() => self.close());
  },
};

self.onmessage = async ({ data }) => {
  const [[question, value]] = Object.entries(data);
  try {
    self.postMessage({ answer: await answers[question](value) });
  } catch (error) {
    self.postMessage({ error: error.stack ?? String(error) });
  }
};
