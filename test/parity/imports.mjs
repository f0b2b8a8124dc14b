/**
 * Brings the folders in that `imports.py` wrote, and compares what this engine computes from them: logits, token ids and texts.
 *
 *     npm run build && node test/parity/imports.mjs FOLDER
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeSafetensors, loadCheckpoint } from "../../dist/checkpoint/index.js";
import { compile, Input } from "../../dist/engine/index.js";
import { FileStorage, importFolder, openDevice } from "../../dist/node/index.js";
import { Workspace } from "../../dist/workspace/index.js";

const TOLERANCE = 1e-4;
const folder = process.argv[2];
if (!folder) throw new Error("usage: node test/parity/imports.mjs FOLDER");
const home = mkdtempSync(join(tmpdir(), "parrotlet-imports-"));
const workspace = new Workspace(new FileStorage(home));
let failed = false;

function check(name, what, holds, figure = "") {
  failed ||= !holds;
  process.stdout.write(`${holds ? "ok  " : "FAIL"} ${name.padEnd(24)} ${what} ${figure}\n`);
}

function logitsOf({ model, weights }, ids, [batch, time]) {
  const program = weights.device.load(
    compile({
      layout: weights.layout,
      outputs: { logits: model.forward(new Input("ids", [batch, time], { dtype: "i32" })) },
    }),
    { parameters: weights.region },
  );
  program.write("ids", Int32Array.from(ids));
  program.run();
  return program.read("logits");
}

const device = await openDevice();
for (const name of readdirSync(folder).sort()) {
  const path = join(folder, name);
  const imported = await importFolder(workspace, path);
  const checkpoint = await loadCheckpoint(workspace.storage, `models/${imported.name}`, device);
  const expected = decodeSafetensors(readFileSync(join(path, "expected.safetensors")), name);
  const [ids, logits] = [expected.get("ids"), expected.get("logits")];
  const ours = logitsOf(checkpoint, ids.values, ids.shape);
  let [difference, largest] = [0, 0];
  for (const [i, value] of ours.entries()) {
    difference = Math.max(difference, Math.abs(value - logits.values[i]));
    largest = Math.max(largest, Math.abs(logits.values[i]));
  }
  const same = ours.length === logits.values.length && difference / largest < TOLERANCE;
  check(
    name,
    `logits of ${imported.dtypes}`,
    same,
    `relative difference ${(difference / largest).toExponential(1)}`,
  );
  const texts = JSON.parse(readFileSync(join(path, "texts.json"), "utf8"));
  const { tokenizer } = checkpoint;
  const wrong = texts.filter(([text, tokens]) => tokenizer.encode(text).join() !== tokens.join());
  check(name, `ids of ${texts.length} texts`, wrong.length === 0, JSON.stringify(wrong[0] ?? ""));
  const back = texts.filter(([, tokens, text]) => tokenizer.decode(tokens) !== text);
  check(name, `${texts.length} texts of ids`, back.length === 0, JSON.stringify(back[0] ?? ""));
  checkpoint.weights.release();
}
device.release();
rmSync(home, { recursive: true });
process.exit(failed ? 1 : 0);
