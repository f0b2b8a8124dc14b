import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Checkpoint, saveCheckpoint } from "../../src/checkpoint/index.ts";
import { exportFiles } from "../../src/export/index.ts";
import { generationConfig } from "../../src/generate/index.ts";
import { FileStorage, NodeModelHost, readSettings } from "../../src/node/index.ts";
import { type Listening, listen } from "../../src/node/serve.ts";
import { createServer } from "../../src/server/index.ts";
import { checkRecipe } from "../../src/train/index.ts";
import { Workspace } from "../../src/workspace/index.ts";
import { ANSWERS, scratchFolder, trainedChatModel } from "./models.ts";

const scratch = scratchFolder();
const QUESTION = "When does the ferry leave?";
const asked = [{ role: "user", content: QUESTION }] as const;

let host: NodeModelHost;
let listening: Listening;
let client: OpenAI;

beforeAll(async () => {
  const checkpoint: Checkpoint = await trainedChatModel("llama");
  const storage = new FileStorage(scratch.path);
  const workspace = new Workspace(storage);
  const recipe = checkRecipe({
    ...{ name: "ferry", task: "corpus", data: "conversations" },
    model: { preset: "llama", width: 64, layers: 2, heads: 4, contextWindow: 256 },
    training: { steps: 200 },
  });
  const run = await workspace.createRun(recipe, "ferry");
  await saveCheckpoint(storage, run.checkpointPath(200), checkpoint);
  scratch.write("models", exportFiles(checkpoint, { to: "gguf", name: "ferry-gguf" }));
  scratch.write("models/ferry-onnx", exportFiles(checkpoint, { to: "onnx", name: "ferry-onnx" }));
  const env = { HF_HOME: `${scratch.path}/hf` };
  const settings = await readSettings({ workspace: scratch.path, env });
  const llama = { ...settings.llama, threads: 1, gpu: false };
  host = new NodeModelHost({ workspace, folder: scratch.path, settings: { ...settings, llama }, env });
  listening = await listen(createServer({ host, version: "1.2.3" }), { port: 0 });
  client = new OpenAI({ baseURL: `${listening.url}/v1`, apiKey: "any", maxRetries: 0 });
});
afterAll(async () => {
  await listening?.close();
  await host?.close();
  scratch.remove();
});

const kinds = [
  ["run:ferry", "ferry", "tiny"],
  ["ferry-gguf", "ferry-gguf", "llama"],
  ["ferry-onnx", "ferry-onnx", "transformers"],
] as const;

describe("a model and its exports in one workspace", () => {
  it("are listed", async () => {
    const listed = (await host.list()).map(({ name, kind }) => [name, kind]);
    expect(listed.sort()).toEqual(kinds.map(([, name, kind]) => [name, kind]));
  });

  it.each(kinds)("%s is opened by its name and gives the reply", async (reference, _, kind) => {
    const { backend, release } = await host.open(reference);
    expect(backend.kind).toBe(kind);
    const config = generationConfig({ maxNewTokens: 60 });
    let text = "";
    for await (const event of backend.reply([{ role: "user", text: QUESTION }], config))
      if (event.type === "delta") text += event.text;
    release();
    expect(text.trim()).toBe(ANSWERS[QUESTION]);
  });

  it.each(kinds)("%s is served, whole and as a stream", async (_, model) => {
    const whole = await client.chat.completions.create({ model, messages: [...asked], max_tokens: 60 });
    expect(whole.choices[0]?.message.content?.trim()).toBe(ANSWERS[QUESTION]);
    const stream = await client.chat.completions.create({ model, messages: [...asked], stream: true });
    let text = "";
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    expect(text.trim()).toBe(ANSWERS[QUESTION]);
  });

  it("has clients see names, and no folder of this machine", async () => {
    const said = await (await fetch(`${listening.url}/v1/models`)).text();
    expect(
      JSON.parse(said)
        .data.map(({ id }: { id: string }) => id)
        .sort(),
    ).toEqual(kinds.map(([, id]) => id));
    expect(said).not.toContain(scratch.path);
    const response = await fetch(`${listening.url}/v1/models/nothing`);
    expect(await response.text()).not.toContain(scratch.path);
  });
});
