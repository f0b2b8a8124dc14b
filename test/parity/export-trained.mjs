/** Trains models on texts and on conversations, each with every kind of tokenizer, and writes what `check.py` compares. */
import { saveCheckpoint } from "../../dist/checkpoint/index.js";
import { openDevice } from "../../dist/node/index.js";
import { renderConversation, renderPrompt } from "../../dist/text/index.js";
import { checkRecipe, corpusFromItems, train } from "../../dist/train/index.js";

const lines = [
  "The ferry leaves at seven, and it is never late.",
  "Naïve café-goers don't pay 1234,50 € — they've left!",
  "\t Tabs,  double  spaces\n\nand empty lines: ends here. ",
  "Ünïcödé: 日本語, ру́сский, العربية, 👋🏽 and 👨‍👩‍👧.",
];
const conversation = (line, index) => [
  ...(index % 2 === 0 ? [{ role: "system", text: "You keep a small harbour." }] : []),
  { role: "user", text: `What about line ${index}?` },
  { role: "assistant", text: line },
  { role: "user", text: "And then?" },
  { role: "assistant", text: `Then ${index + 1} came.` },
];
const conversations = lines.map(conversation);
const SOURCES = { texts: lines, conversations };
const TOKENIZERS = [{ kind: "bpe", vocabulary: 400 }, { kind: "character", unknown: true }, { kind: "byte" }];

/** @returns how many checkpoints were written. */
export async function exportTrained(storage, writeExpected) {
  let count = 0;
  for (const preset of ["classic", "llama"]) {
    for (const tokenizer of TOKENIZERS) {
      for (const source of Object.keys(SOURCES)) {
        await exportOne(storage, writeExpected, { preset, tokenizer, source });
        count++;
      }
    }
  }
  return count;
}

async function exportOne(storage, writeExpected, { preset, tokenizer, source }) {
  const name = `${preset}-${tokenizer.kind}-${source}`;
  const recipe = checkRecipe({
    name,
    task: "corpus",
    data: source,
    tokenizer,
    model: { preset, width: 32, layers: 2, heads: 4, contextWindow: 256 },
    training: { steps: 40, batch: 2 },
    optimizer: { kind: preset === "llama" ? "muon" : "adamw", rate: 0.01 },
  });
  const data = await corpusFromItems(Array(6).fill(SOURCES[source]).flat(), recipe);
  const device = await openDevice();
  for await (const { type, step, checkpoint } of train({ recipe, data, device })) {
    if (type !== "checkpoint" || step !== recipe.training.steps) continue;
    await saveCheckpoint(storage, name, checkpoint);
    const unknown = tokenizer.kind === "character" ? [] : ["Words that were never seen: \u{1f99c} ½ ﬁ ṩ\r\n"];
    await writeExpected(name, checkpoint, [...lines, ...lines.map((line) => line.slice(3, 17)), ...unknown]);
    if (source === "conversations") await writeChats(storage, name, checkpoint.tokenizer);
  }
  device.release();
}

/** Conversations as our chat template renders them, whole and up to each question. */
async function writeChats(storage, name, tokenizer) {
  const chats = conversations.flatMap((messages) =>
    messages.map((_, index) => {
      const some = messages.slice(0, index + 1);
      const asked = some.at(-1).role === "user";
      const ids = asked ? renderPrompt(tokenizer, some) : Array.from(renderConversation(tokenizer, some).ids);
      return { messages: some.map(({ role, text }) => ({ role, content: text })), asked, ids };
    }),
  );
  await storage.write(`${name}/chats.json`, new TextEncoder().encode(JSON.stringify(chats)));
}
