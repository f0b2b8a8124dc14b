/**
 * What a model of conversations says to people whom it has not met:
 *
 *     node bench/persona-chat.mjs DIALOGUES.csv --words /usr/share/dict/words [training options ...]
 *
 * Trains with `parrotlet train`, reloads the best checkpoint from the disk, and asks it the first message of each dialogue that was
 * held back. Prints how many replies ended by themselves, and the share of their words that are in the dictionary, or names of the
 * training text.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadCheckpoint } from "../dist/checkpoint/index.js";
import { partItems, splitStore } from "../dist/data/index.js";
import { Decoder, generationConfig, reply } from "../dist/generate/index.js";
import { FileStorage, openDevice, openStoreOnDisk } from "../dist/node/index.js";
import { circumstances, say } from "./markdown.mjs";

const [dialogues, flag, dictionary, ...options] = process.argv.slice(2);
if (flag !== "--words")
  throw new Error("usage: persona-chat.mjs DIALOGUES --words FILE [training options ...]");
const home = process.env.PARROTLET_HOME ?? mkdtempSync(join(tmpdir(), "parrotlet-bench-"));
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const { status } = spawnSync(process.execPath, [main, "train", dialogues, "--name", "run", ...options], {
  env: { ...process.env, PARROTLET_HOME: home },
  stdio: ["ignore", "inherit", "inherit"],
});
if (status !== 0) process.exit(status ?? 1);

const storage = new FileStorage(join(home, "runs/run"));
const steps = (await storage.list("checkpoints")).map(({ name }) => name);
const record = JSON.parse(
  readFileSync(join(home, "runs/run/checkpoints", steps.at(-1), "parrotlet.json"), "utf8"),
);
const best = `checkpoints/step-${String(record.best.step).padStart(6, "0")}`;
const device = await openDevice();
const checkpoint = await loadCheckpoint(storage, best, device);
const { tokenizer } = checkpoint;

/** The messages with which the dialogues of one part begin. */
function* messagesOf(part) {
  const { pieces } = part.conversations.lane;
  for (const { line, messages } of partItems({ conversations: part.conversations }, tokenizer, "store"))
    if (pieces.beginsDocument(line - 1)) yield messages;
}

const entries = await new FileStorage(home).list("data");
const folder = entries.find(({ kind, name }) => kind === "folder" && /^[0-9a-f]{64}$/.test(name));
const { training, validation } = splitStore(openStoreOnDisk(home, folder.name), {
  share: record.recipe.evaluation.share,
  seed: record.recipe.seed,
});
const wordsOf = (text) => text.match(/[\p{L}]+(?:['’][\p{L}]+)*/gu) ?? [];
const known = new Set(readFileSync(dictionary, "utf8").toLowerCase().split("\n"));
const names = new Set();
for (const messages of messagesOf(training))
  for (const { text } of messages)
    for (const word of wordsOf(text)) if (/^\p{Lu}/u.test(word)) names.add(word);
const isKnown = (word) => {
  const lower = word.toLowerCase().replaceAll("’", "'");
  return (
    known.has(lower) ||
    names.has(word) ||
    lower.split("'").every((part) => known.has(part) || /^(s|t|re|ve|ll|d|m)$/.test(part))
  );
};

const decoder = new Decoder(checkpoint);
let [replies, stopped, words, found] = [0, 0, 0, 0];
const unknown = new Set();
const config = generationConfig({ temperature: 0.7, topP: 0.9, maxNewTokens: 200, seed: 1 });
for (const messages of messagesOf(validation)) {
  const [first] = messages;
  if (first?.role !== "user") continue;
  let text = "";
  const pieces = reply(decoder, tokenizer, first.text, { config });
  let next = await pieces.next();
  for (; !next.done; next = await pieces.next()) text += next.value;
  replies++;
  stopped += Number(next.value === "stop");
  for (const word of wordsOf(text)) {
    words++;
    if (isKnown(word)) found++;
    else unknown.add(word);
  }
  if (replies <= 25) say(`  ${first.text}\n    -> ${text}`);
}
say(circumstances());
say(
  `${replies} replies, ${stopped} ended by themselves; ${found} of ${words} words known (${((100 * found) / words).toFixed(1)}%); ` +
    `unknown: ${[...unknown].slice(0, 20).join(", ")}`,
);
say(`step ${record.best.step}: ${JSON.stringify(record.scores)}`);
device.release();
