/**
 * Tokens a second of replies that are made at once, through `TinyBackend`: all that a server does but for the network.
 *
 *     npm run build && node bench/batch.mjs --models pip,6x256 --rows 1,4,16,64 --temperatures 0,0.8
 *
 * The logit of `<eos>` is pushed down, so that each reply has its full length. Models other than starters have weights drawn
 * by chance: that changes what they say, not how long it takes.
 */
import { parseArgs } from "node:util";
import { TinyBackend } from "../dist/chat/index.js";
import { loadCheckpoint } from "../dist/checkpoint/index.js";
import { generationConfig } from "../dist/generate/index.js";
import { layoutOf, modelConfig, Transformer, Weights } from "../dist/model/index.js";
import { FileStorage, openDevice } from "../dist/node/index.js";
import { median } from "./sizes.mjs";

const { values: options } = parseArgs({
  options: {
    models: { type: "string", default: "pip,6x256" },
    rows: { type: "string", default: "1,4,16,64" },
    temperatures: { type: "string", default: "0,0.8" },
    tokens: { type: "string", default: "100" },
    rounds: { type: "string", default: "3" },
    device: { type: "string", default: "auto" },
    threads: { type: "string" },
  },
});
const device = await openDevice(options.device, options.threads ? { threads: Number(options.threads) } : {});
const starters = new FileStorage(new URL("../starters", import.meta.url).pathname);

/** A starter by its name, or LAYERSxWIDTH with Pip's tokenizer. */
async function checkpointOf(name) {
  const shape = /^(\d+)x(\d+)$/.exec(name);
  const starter = await loadCheckpoint(starters, shape ? "pip" : name, device);
  if (!shape) return starter;
  starter.weights.release();
  const [layers, width] = shape.slice(1).map(Number);
  const { size: vocabulary } = starter.tokenizer;
  const model = new Transformer(
    modelConfig({ preset: "llama", vocabulary, contextWindow: 256, width, layers, heads: width / 32 }),
  );
  return { ...starter, model, weights: new Weights(device, layoutOf(model)).initialize(1) };
}

const line = (...cells) =>
  process.stdout.write(
    `| ${cells.map((cell, at) => String(cell).padStart(at > 0 ? 12 : 8)).join(" | ")} |\n`,
  );
line("model", "temperature", "at once", "tokens/s", "of one", "first token");
line("---", "---", "---", "---", "---", "---");
for (const name of options.models.split(",")) {
  const checkpoint = await checkpointOf(name);
  const backend = new TinyBackend({ checkpoint, address: `bench:${name}`, name });
  const { eos } = checkpoint.tokenizer.special;
  for (const temperature of options.temperatures.split(",").map(Number)) {
    let single = 0;
    for (const rows of options.rows.split(",").map(Number)) {
      const firsts = [];
      /** Tokens a second of all replies, prompts included. */
      const measure = async () => {
        const begun = performance.now();
        const one = async (seed) => {
          const config = generationConfig({
            maxNewTokens: Number(options.tokens),
            temperature,
            seed,
            logitBias: { [eos]: -100 },
          });
          const messages = [{ role: "user", text: `What is your name, number ${seed}?` }];
          for await (const event of backend.reply(messages, config)) {
            if (event.type !== "end") continue;
            firsts.push(event.timing.queued + event.timing.firstToken);
            return event.usage.completionTokens;
          }
        };
        const made = await Promise.all(Array.from({ length: rows }, (_, seed) => one(seed)));
        return (1000 * made.reduce((sum, count) => sum + count, 0)) / (performance.now() - begun);
      };
      await measure();
      firsts.length = 0;
      const speeds = [];
      for (let round = 0; round < Number(options.rounds); round++) speeds.push(await measure());
      const speed = median(speeds);
      single ||= speed;
      const first = `${median(firsts).toFixed(1)} ms`;
      line(name, temperature, rows, Math.round(speed), `${(speed / single).toFixed(1)}x`, first);
    }
  }
  await backend.close();
}
device.release();
