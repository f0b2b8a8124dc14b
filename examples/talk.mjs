// Loads a model and goes on with what you say, word by word as it is made.
//
//     node examples/talk.mjs FOLDER ["What you say"]
import { basename, dirname, resolve } from "node:path";
import { loadCheckpoint } from "parrotlet/checkpoint";
import { Decoder, generationConfig, reply } from "parrotlet/generate";
import { FileStorage, openDevice } from "parrotlet/node";

const [folder = "my-model", prompt = "The "] = process.argv.slice(2);

// A storage is a folder, or anything else that keeps bytes under names.
const storage = new FileStorage(dirname(resolve(folder)));
const device = await openDevice();
const { model, weights, tokenizer } = await loadCheckpoint(storage, basename(resolve(folder)), device);

// The decoder remembers what it has read (the KV cache), so each token is computed once.
const decoder = new Decoder({ model, weights });

// A temperature of 0 always takes the likeliest token; above it the model dares more. The same seed says the same again.
const config = generationConfig({ temperature: 0.5, maxNewTokens: 80, seed: 1 });

// Stops after two seconds, whatever it was saying. Any AbortSignal will do: that of a button, of a request.
const signal = AbortSignal.timeout(2000);

// `reply` gives text; a model of conversations answers, one of texts goes on. It returns why it ended.
const pieces = reply(decoder, tokenizer, prompt, { config, signal });
process.stdout.write(prompt);
let next = await pieces.next();
for (; !next.done; next = await pieces.next()) process.stdout.write(next.value);
process.stdout.write(`\n(${next.value})\n`); // "stop": it was done; "length": it reached a limit; "aborted"
device.release();
