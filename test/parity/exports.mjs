/**
 * Exports checkpoints as Hugging Face folders of each type, and beside each what this engine computes from it read again, for
 * `exports.py` to compare.
 *
 *     node test/parity/export.mjs CHECKPOINTS && node test/parity/exports.mjs CHECKPOINTS FOLDER
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { encodeSafetensors, loadCheckpoint } from "../../dist/checkpoint/index.js";
import { compile, Input } from "../../dist/engine/index.js";
import { exportFiles } from "../../dist/export/index.js";
import { FileStorage, openDevice } from "../../dist/node/index.js";

const [, , from, to] = process.argv;
if (!from || !to) throw new Error("usage: node test/parity/exports.mjs CHECKPOINTS FOLDER");
const [source, target] = [new FileStorage(from), new FileStorage(to)];
const device = await openDevice();
const [batch, time] = [2, 20];
let written = 0;
const folders = readdirSync(from).filter((name) => existsSync(join(from, name, "model.safetensors")));
for (const name of folders.sort()) {
  const checkpoint = await loadCheckpoint(source, name, device);
  for (const type of checkpoint.model.config.preset === "modern" ? [] : ["f32", "f16", "bf16"]) {
    const folder = `${name}-${type}`;
    for (const [file, bytes] of exportFiles(checkpoint, { to: "hf", type, name }))
      await target.write(`${folder}/${file}`, bytes);
    const { model, weights, tokenizer } = await loadCheckpoint(target, folder, device);
    const ids = Int32Array.from(
      { length: batch * time },
      (_, i) => (i * 7919 + 13 * (i % 5)) % tokenizer.size,
    );
    const logits = model.forward(new Input("ids", [batch, time], { dtype: "i32" }));
    const program = device.load(compile({ layout: weights.layout, outputs: { logits } }), {
      parameters: weights.region,
    });
    program.write("ids", ids);
    program.run();
    const expected = new Map([
      ["ids", { shape: [batch, time], values: Float32Array.from(ids) }],
      ["logits", { shape: [batch, time, tokenizer.size], values: program.read("logits") }],
    ]);
    await target.write(`${folder}/expected.safetensors`, encodeSafetensors(expected));
    weights.release();
    written++;
  }
  checkpoint.weights.release();
}
device.release();
process.stdout.write(`${to}: ${written} exports\n`);
