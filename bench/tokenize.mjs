/**
 * Tokens of a text larger than memory should be: node bench/tokenize.mjs [--size 2000000000] [--sample TEXT] [--keep]
 *
 * Makes a text of that many bytes, of words at random or of a sample again and again with letters changed; builds its store
 * with characters, then takes rows at random and in epochs, each in a process of its own. Prints megabytes a second,
 * microseconds a row, and the most memory that the process held. Everything lies in a temporary folder and is removed.
 */
import { spawnSync } from "node:child_process";
import { createReadStream, createWriteStream, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Rng } from "../dist/base/index.js";
import { RowBatches, splitStore, TextWindows } from "../dist/data/index.js";
import { buildStoreOnDisk, openStoreOnDisk } from "../dist/node/index.js";
import { CharacterTokenizer } from "../dist/text/index.js";
import { circumstances, table } from "./markdown.mjs";

const MIB = 1 << 20;
const FINGERPRINT = "0".repeat(64);
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: "string", default: "2000000000" },
    sample: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});

/** Megabytes (10^6 bytes) that the process held at most. */
const peak = () => (process.resourceUsage().maxRSS * 1024) / 1e6;

/** About a mebibyte of lines. */
function someText(rng) {
  const words = Array.from({ length: 5000 }, () =>
    Array.from({ length: 2 + rng.below(8) }, () => LETTERS[rng.below(26)]).join(""),
  );
  let text = "";
  while (text.length < MIB) {
    const line = Array.from({ length: 4 + rng.below(12) }, () => words[rng.below(words.length)]).join(" ");
    text += `${line[0].toUpperCase()}${line.slice(1)}.\n`;
  }
  return text;
}

async function makeText(file, size, sample) {
  const rng = new Rng(1);
  const base = sample ? readFileSync(sample, "latin1").replace(/[^\n -~]/g, "?") : someText(rng);
  const stream = createWriteStream(file);
  for (let written = 0; written < size; ) {
    const bytes = Buffer.from(base, "latin1");
    for (let change = 0; change < bytes.length / 100; change++) {
      const at = rng.below(bytes.length);
      if (bytes[at] !== 10) bytes[at] = LETTERS.charCodeAt(rng.below(26));
    }
    written += bytes.length;
    if (!stream.write(bytes)) await new Promise((resolve) => stream.once("drain", resolve));
  }
  await new Promise((resolve) => stream.end(resolve));
}

/** The pieces of a text of one byte a character, as readers of files give them. */
async function* piecesOf(file) {
  let continues = false;
  for await (const bytes of createReadStream(file, { highWaterMark: MIB })) {
    yield { kind: "text", file, line: 1, text: bytes.latin1Slice(), continues };
    continues = true;
  }
}

async function build(folder) {
  const file = join(folder, "text.txt");
  const characters = `\n${Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("")}`;
  const tokenizer = CharacterTokenizer.fit([characters]);
  const begun = performance.now();
  const options = { fingerprint: FINGERPRINT, contextWindow: 256 };
  const store = await buildStoreOnDisk(folder, piecesOf(file), tokenizer, options);
  const seconds = (performance.now() - begun) / 1000;
  store.close();
  return [
    [
      "the store is built",
      `${(statSync(file).size / 1e6 / seconds).toFixed(1)} MB/s`,
      `${peak().toFixed(0)} MB`,
    ],
  ];
}

function take(folder, batch, time, order) {
  const begun = performance.now();
  const { text } = splitStore(openStoreOnDisk(folder, FINGERPRINT), { seed: 1 }).training;
  const batches = new RowBatches(new TextWindows(text, { time, seed: 1, order }), batch);
  const [ids, targets] = [new Int32Array(batch * time), new Int32Array(batch * time)];
  const opened = performance.now() - begun;
  const steps = 2000;
  const from = performance.now();
  for (let step = 1; step <= steps; step++) batches.fill(step, ids, targets, 0);
  const micros = ((performance.now() - from) * 1000) / steps / batch;
  return [
    `rows of ${time}, ${batch} a batch, ${order} (opened in ${opened.toFixed(0)} ms)`,
    `${micros.toFixed(1)} µs/row`,
    `${peak().toFixed(0)} MB`,
  ];
}

const [part, folder, ...rest] = positionals;
if (part) {
  const rows =
    part === "build" ? await build(folder) : [take(folder, ...rest.slice(0, 2).map(Number), rest[2])];
  process.stdout.write(JSON.stringify(rows));
} else {
  const folder = mkdtempSync(join(tmpdir(), "parrotlet-tokenize-"));
  try {
    await makeText(join(folder, "text.txt"), Number(values.size), values.sample);
    const inProcess = (...parts) => {
      const { stdout, stderr, status } = spawnSync(process.execPath, [
        fileURLToPath(import.meta.url),
        ...parts,
      ]);
      if (status !== 0) throw new Error(String(stderr));
      return JSON.parse(stdout);
    };
    const rows = [["", "speed", "most memory"], ...inProcess("build", folder)];
    for (const order of ["random", "epochs"]) {
      for (const [batch, time] of [
        [12, 64],
        [32, 256],
      ]) {
        rows.push(...inProcess("take", folder, String(batch), String(time), order));
      }
    }
    const size = `${(statSync(join(folder, "text.txt")).size / 1e9).toFixed(2)} GB of text`;
    process.stdout.write(`${circumstances(size)}\n\n${table(rows)}\n`);
  } finally {
    if (!values.keep) rmSync(folder, { recursive: true, force: true });
    else process.stdout.write(`${folder}\n`);
  }
}
