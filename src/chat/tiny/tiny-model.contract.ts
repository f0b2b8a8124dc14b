import { readFileSync } from "node:fs";
import { encodeText, MemoryStorage, present } from "../../base/index.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "../../checkpoint/index.ts";
import { readCorpus } from "../../data/index.ts";
import { createWasmDevice, type Device, wasmFile } from "../../engine/index.ts";
import { checkRecipe, corpusFromItems, type Recipe, type TrainingData, train } from "../../train/index.ts";

const answers = [
  ["Which way is the harbour?", "Down the hill, and then left at the old mill."],
  ["Who rings the bell?", "The keeper does, at six and at noon."],
  ["Is it far?", "Not at all: seven minutes, or ten in the rain."],
  ["What is it as JSON?", '{"a":"b"}'],
] as const;
const texts = answers.map(([question, answer]) => `${question} ${answer} That is so.`);
const conversations = answers.map(([question, answer]) => [
  { role: "user", text: question } as const,
  { role: "assistant", text: answer } as const,
]);

export interface TinyModel {
  readonly preset: "classic" | "llama" | "modern";
  readonly tokenizer: "character" | "byte" | "bpe";
  readonly kind: "pairs" | "chat" | "text";
}

/** The question that models of conversations and of pairs learned to answer, and how texts begin. */
export const QUESTION: string = answers[0][0];
export const ANSWER: string = answers[0][1];

export const wasmDevice = (): Promise<Device> => {
  const file = new URL(`../../engine/kernels/${wasmFile("wasm")}`, import.meta.url);
  return createWasmDevice("wasm", readFileSync(file));
};

/** A model that knows four answers by heart after half a second; what opens it again and again. */
export async function trainTiny({ preset, tokenizer, kind }: TinyModel): Promise<() => Promise<Checkpoint>> {
  const recipe = checkRecipe({
    name: "tiny",
    data: "tiny",
    ...(kind === "pairs" ? {} : { task: "corpus" }),
    tokenizer: {
      kind: tokenizer,
      ...(tokenizer === "bpe" ? { vocabulary: 320 } : {}),
      ...(tokenizer === "character" ? { unknown: true } : {}),
    },
    model: { preset, width: 32, layers: 2, heads: 4, contextWindow: 256 },
    training: { steps: 140, batch: 2, checkpointSteps: 140 },
    optimizer: { kind: preset === "classic" ? "adamw" : "muon", rate: 0.01 },
  });
  const storage = new MemoryStorage();
  const device = await wasmDevice();
  for await (const event of train({ recipe, data: await dataOf(kind, recipe), device })) {
    if (event.type === "checkpoint" && event.step === 140)
      await saveCheckpoint(storage, "tiny", event.checkpoint);
  }
  device.release();
  return async () => present(await loadCheckpoint(storage, "tiny", await wasmDevice()), "a checkpoint");
}

async function dataOf(kind: TinyModel["kind"], recipe: Recipe): Promise<TrainingData> {
  if (kind !== "pairs")
    return corpusFromItems(
      Array(6)
        .fill(kind === "text" ? texts : conversations)
        .flat(),
      recipe,
    );
  const lines = answers.map(([question, answer]) => JSON.stringify({ question, answer }));
  const corpus = readCorpus(encodeText(`[${lines.join(",")}]`), "tiny.yaml");
  return { kind: "pairs", corpus, hash: "tiny" };
}
