import { bytesAsSource, encodeText } from "../dist/base/index.js";
import { encodeCheckpoint } from "../dist/checkpoint/index.js";
import { openReading } from "../dist/data/index.js";
import type { Device } from "../dist/engine/index.js";
import { checkRecipe, corpusFromItems, train } from "../dist/train/index.js";

/** The files of the checkpoint of a small training on a table of questions and answers, with byte pairs, all in memory. */
export async function trainOnItems(device: Device): Promise<ReadonlyMap<string, Uint8Array>> {
  const lines = Array.from({ length: 60 }, (_, i) => `Where is ${i}?,${i} is after ${i - 1}.`);
  const table = bytesAsSource(encodeText(["question,answer", ...lines, lines[0]].join("\n")), "where.csv");
  const recipe = checkRecipe({
    name: "where",
    task: "corpus",
    data: "where.csv",
    filters: { duplicates: "exact", quality: true },
    tokenizer: { kind: "bpe", vocabulary: 300 },
    model: { preset: "modern", width: 16, layers: 2, heads: 2, contextWindow: 32, bigrams: 64 },
    training: { epochs: 4, batch: 2, lossOn: "answers-only", ema: 0.9 },
    optimizer: { kind: "muon", rate: 0.01 },
    evaluation: { prompts: ["Where is 7?"] },
  });
  const data = await corpusFromItems((await openReading(table)).items(), recipe);
  let files: ReadonlyMap<string, Uint8Array> = new Map();
  for await (const event of train({ recipe, data, device }))
    if (event.type === "checkpoint") files = encodeCheckpoint(event.checkpoint);
  return files;
}
