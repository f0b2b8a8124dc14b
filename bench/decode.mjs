/**
 * Tokens a second of decoding with a KV cache, for one sequence and for several side by side.
 *
 *     node bench/decode.mjs --sizes C,D --device native --threads 2 --rows 1,8
 */
import { parseArgs } from "node:util";
import { Decoder } from "../dist/generate/index.js";
import { layoutOf, Weights } from "../dist/model/index.js";
import { openDevice } from "../dist/node/index.js";
import { median, modelOf, sizeNamed } from "./sizes.mjs";

const { values: options } = parseArgs({
  options: {
    sizes: { type: "string", default: "C,D" },
    device: { type: "string", default: "auto" },
    threads: { type: "string" },
    rows: { type: "string", default: "1,8" },
    rounds: { type: "string", default: "7" },
  },
});
const device = await openDevice(options.device, options.threads ? { threads: Number(options.threads) } : {});

for (const name of options.sizes.split(",")) {
  const { contextWindow } = sizeNamed(name);
  const model = modelOf(name);
  const weights = new Weights(device, layoutOf(model)).initialize(1);
  for (const rows of options.rows.split(",").map(Number)) {
    const decoder = new Decoder({ model, weights, rows });
    const prompts = Array.from({ length: rows }, () => [1]);
    const tokens = Array.from({ length: contextWindow }, (_, i) => new Array(rows).fill(i % 50));
    /** The whole context window, token by token. */
    const generate = () => {
      decoder.prefill(prompts);
      for (let i = 1; i < contextWindow; i++) decoder.step(tokens[i]);
    };
    generate();
    const speeds = Array.from({ length: Number(options.rounds) }, () => {
      const begun = performance.now();
      let made = 0;
      for (; performance.now() - begun < 400; made += rows * (contextWindow - 1)) generate();
      return (1000 * made) / (performance.now() - begun);
    });
    const speed = Math.round(median(speeds)).toLocaleString("en-US");
    process.stdout.write(`${name}  ${rows} side by side  ${speed} tokens/s  ${device.name}\n`);
    decoder.release();
  }
}
device.release();
