import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MemoryStorage } from "../../src/base/index.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "../../src/checkpoint/index.ts";
import type { Preset } from "../../src/model/index.ts";
import { openDevice } from "../../src/node/index.ts";
import { checkRecipe, corpusFromItems, train } from "../../src/train/index.ts";

/** What the models were taught to say. Half of what they are is whole words, for tests that go on from there. */
export const ANSWERS: Readonly<Record<string, string>> = {
  "When does the ferry leave?": "The ferry leaves at seven, and it is never late.",
  "Who are you?": "I am a small parrot who guards boats.",
  "What is in the café?": "Naïve café-goers pay 12,50 € — and a 👋🏽 comes with it.",
  "Is grass green?": "Yes, grass is green, but only in spring.",
};

const conversations = Object.entries(ANSWERS).flatMap(([question, answer], index) => [
  [
    { role: "user", text: question } as const,
    { role: "assistant", text: answer } as const,
    { role: "user", text: "And then?" } as const,
    { role: "assistant", text: `Then number ${index} came.` } as const,
  ],
  [
    { role: "system", text: "You keep a small harbour." } as const,
    { role: "user", text: question } as const,
    { role: "assistant", text: answer } as const,
  ],
]);

/** A chat model with a BPE tokenizer that knows `ANSWERS` by heart; trained in about a second. */
export async function trainedChatModel(preset: Preset): Promise<Checkpoint> {
  const recipe = checkRecipe({
    name: preset,
    task: "corpus",
    data: "conversations",
    tokenizer: { kind: "bpe", vocabulary: 400 },
    model: {
      preset,
      width: 64,
      layers: 2,
      heads: 4,
      contextWindow: 256,
      ...(preset === "classic" ? {} : { kvHeads: 2 }),
    },
    training: { steps: 200, batch: 4 },
    optimizer: { kind: preset === "classic" ? "adamw" : "muon", rate: 0.01 },
  });
  const data = await corpusFromItems(Array(6).fill(conversations).flat(), recipe);
  const device = await openDevice();
  const storage = new MemoryStorage();
  // A training takes its weights with it when it ends.
  for await (const event of train({ recipe, data, device }))
    if (event.type === "checkpoint") await saveCheckpoint(storage, preset, event.checkpoint);
  return await loadCheckpoint(storage, preset, device);
}

/** A folder that is removed when it is disposed of. */
export interface ScratchFolder {
  readonly path: string;
  /** Writes files by their paths. @returns the folder they are in. */
  write(name: string, files: ReadonlyMap<string, Uint8Array>): string;
  remove(): void;
}

export function scratchFolder(): ScratchFolder {
  const path = mkdtempSync(join(tmpdir(), "parrotlet-backends-"));
  return {
    path,
    write: (name, files) => {
      for (const [file, bytes] of files) {
        const to = join(path, name, file);
        mkdirSync(dirname(to), { recursive: true });
        writeFileSync(to, bytes);
      }
      return join(path, name);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
