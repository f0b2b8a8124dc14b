// Run by run.ts in a worker of page.html: what the engine computes in a browser, and with how many threads.
import { MemoryStorage } from "../../dist/base/index.js";
import { openDevice, threadCount } from "../../dist/browser/index.js";
import { loadCheckpoint, saveCheckpoint } from "../../dist/checkpoint/index.js";
import { differentPairs, readCorpus } from "../../dist/data/index.js";
import type { CompiledDevice } from "../../dist/engine/index.js";
import { Decoder, replyToAll } from "../../dist/generate/index.js";
import { renderPrompt } from "../../dist/text/index.js";
import { parseRecipe, train } from "../../dist/train/index.js";
import { trainOnItems } from "../train-on-items.ts";
import { trainSome } from "../train-some.ts";

const say = (line: string): void => self.postMessage({ line });
const bytesOf = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(`${path}?raw`)).arrayBuffer());
const hashOf = async (numbers: Float32Array | Uint8Array): Promise<string> =>
  [...new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(numbers.buffer as ArrayBuffer)))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

/** How many threads computed a small training, and the hash of its bits. */
async function bits(threads: number): Promise<{ threads: number; hash: string }> {
  const device = (await openDevice("wasm", { threads, worthThreads: 0 })) as CompiledDevice;
  trainSome(device, "classic", 1); // threads start when there is work
  for (let waited = 0; device.computing < device.threads && waited < 500; waited++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  const { computing } = device;
  const hash = await hashOf(trainSome(device, "llama", 5));
  device.release();
  return { threads: computing, hash };
}

/** The hash of each file of a model that was trained on data in memory. */
async function ownModel(): Promise<Record<string, string>> {
  const files = await trainOnItems(await openDevice("wasm", { threads: 1 }));
  const hashes = [...files].map(async ([name, bytes]) => [name, await hashOf(bytes.slice())] as const);
  return Object.fromEntries(await Promise.all(hashes));
}

/** Trains TinyTalks, and asks the checkpoint that was saved at its end. */
async function tinyTalks() {
  const recipe = parseRecipe(
    new TextDecoder().decode(await bytesOf("/recipes/tinytalks.yaml")),
    "tinytalks.yaml",
  );
  const corpus = readCorpus(await bytesOf("/corpora/tinytalks.yaml"), "tinytalks.yaml");
  const [device, storage] = [await openDevice(), new MemoryStorage()];
  let seconds = 0;
  for await (const event of train({ recipe, data: { kind: "pairs", corpus, hash: "" }, device })) {
    if (event.type === "checkpoint") await saveCheckpoint(storage, "last", event.checkpoint);
    if (event.type === "end") seconds = event.seconds;
  }
  const checkpoint = await loadCheckpoint(storage, "last", device);
  const pairs = differentPairs(corpus);
  const prompts = pairs.map(({ question }) => renderPrompt(checkpoint.tokenizer, question));
  const decoder = new Decoder({ ...checkpoint, rows: prompts.length });
  const replies = replyToAll(decoder, prompts, { tokenizer: checkpoint.tokenizer, maxNewTokens: 40 });
  const right = pairs.filter(({ answer }, i) => replies[i] === answer).length;
  say(`TinyTalks on ${device.name}: ${right} of ${pairs.length} after ${seconds.toFixed(2)} s of training`);
  return { right, pairs: pairs.length };
}

try {
  const runs = [];
  for (const threads of [1, 2, 4]) runs.push(await bits(threads));
  self.postMessage({
    result: { most: threadCount(4), runs, tinyTalks: await tinyTalks(), ownModel: await ownModel() },
  });
} catch (error) {
  self.postMessage({ error: error instanceof Error ? error.stack : String(error) });
}
