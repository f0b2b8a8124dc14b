// Trains a small model on a text, and saves it. Then talk to it with talk.mjs.
//
//     node examples/train-on-text.mjs [my-text.txt] [folder]
import { readFile } from "node:fs/promises";
import { saveCheckpoint } from "parrotlet/checkpoint";
import { FileStorage, openDevice } from "parrotlet/node"; // in a browser: MemoryStorage of parrotlet/base, openDevice of parrotlet/browser
import { checkRecipe, corpusFromItems, train } from "parrotlet/train";

const [file, folder = "my-model"] = process.argv.slice(2);

// A text to learn from. A real one would be a thousand times longer.
const verse = [
  "The parrot sat upon the mast and watched the harbour wake.",
  "A baker lit his oven, and a child came down for cake.",
  "The parrot said good morning, and the baker said the same.",
  "The child, who had no words as yet, was asked to say its name.",
];
const text = file ? await readFile(file, "utf8") : `${verse.join("\n")}\n`.repeat(20);

// A recipe says all that decides what the model becomes. What it leaves out has a default: see docs/recipes.md.
const recipe = checkRecipe({
  name: "my-model",
  task: "corpus", // go on with text, rather than answer questions
  data: file ?? "a verse",
  model: { preset: "llama", width: 32, layers: 2, heads: 2, contextWindow: 48 },
  training: { steps: 200, batch: 8, checkpointSteps: 100 },
  optimizer: { rate: 0.01 },
  evaluation: { prompts: [text.slice(0, 10)] }, // what the model goes on with, to show what it has learned
});

// Letters become tokens. A tenth of the text is held back, to measure with.
const data = await corpusFromItems([text], recipe);
console.log(`${data.tokens} tokens to learn from, a vocabulary of ${data.tokenizer.size}`);

// The fastest device of this machine computes. `train` is an async generator: each event says how it goes.
const device = await openDevice();
const storage = new FileStorage(".");
for await (const event of train({ recipe, data, device })) {
  if (event.type === "checkpoint") {
    const [sample] = event.validation.samples;
    console.log(`step ${event.step}: loss ${event.loss.toFixed(2)}`);
    console.log(`  ${sample.prompt} -> ${sample.text.replaceAll("\n", " / ")}`);
    // A folder of safetensors and JSON, which Hugging Face's transformers opens too.
    await saveCheckpoint(storage, folder, event.checkpoint);
  }
}
device.release(); // ends its threads
console.log(`Saved in ${folder}. Talk to it: node examples/talk.mjs ${folder} "${text.slice(0, 10)}"`);
