// Trains on conversations, and stops by itself when it gets no better, or when you press Ctrl-C.
//
//     node examples/watch-it-learn.mjs
import { Decoder, generationConfig, reply } from "parrotlet/generate";
import { openDevice } from "parrotlet/node";
import { checkRecipe, corpusFromItems, train } from "parrotlet/train";

// Conversations: who says what. The model learns to be the assistant.
const places = ["in the garden", "on the roof", "by the river", "under the table"];
const animals = ["cat", "dog", "duck", "goat", "owl", "fox", "hen", "mouse"];
const asking = ["Where is the *?", "Have you seen the *?", "I am looking for the *.", "Please find the *."];
const conversations = animals.flatMap((animal, number) =>
  asking.map((question) => [
    { role: "user", text: question.replace("*", animal) },
    { role: "assistant", text: `The ${animal} is ${places[number % places.length]}.` },
  ]),
);

const recipe = checkRecipe({
  name: "animals",
  task: "corpus",
  data: "conversations",
  model: { preset: "llama", width: 32, layers: 2, heads: 2, contextWindow: 64 },
  training: {
    epochs: 150, // passes over the data, at the most
    batch: 4,
    lossOn: "answers-only", // the questions are given, so they need not be learned
    checkpointSteps: 25,
    patience: 3, // stop after three checkpoints that are no better than the best
  },
  optimizer: { rate: 0.01 },
  evaluation: { share: 0.2 },
});
const data = await corpusFromItems(conversations, recipe);

// Ctrl-C ends the training at the next step, with a checkpoint. So would a button in a browser.
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

const device = await openDevice();
for await (const event of train({ recipe, data, device }, { signal: stop.signal })) {
  if (event.type === "start")
    console.log(`${event.parameters} parameters, ${event.steps} steps on ${event.device}`);
  if (event.type === "progress") console.log(`step ${event.step}: loss ${event.loss.toFixed(3)}`);
  if (event.type === "end")
    console.log(`ended after ${event.step} steps: ${event.reason}; best was ${event.bestStep}`);
  if (event.type !== "checkpoint") continue;

  // How well it predicts conversations that it has not seen: bits per byte compares models with different tokenizers.
  const { bitsPerByte, perplexity } = event.validation;
  console.log(`  unseen: ${bitsPerByte.toFixed(3)} bits per byte, perplexity ${perplexity.toFixed(2)}`);

  // The model as it is now, asked between two steps: while we hold an event, nothing runs.
  const { model, weights, tokenizer } = event.checkpoint;
  const decoder = new Decoder({ model, weights });
  const config = generationConfig({ maxNewTokens: 30 });
  let answer = "";
  for await (const piece of reply(decoder, tokenizer, "Where is the owl?", { config })) answer += piece;
  console.log(`  Where is the owl? ${answer}`);
  decoder.release();
}
device.release();
