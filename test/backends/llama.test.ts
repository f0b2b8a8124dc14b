import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { describeChatBackend } from "../../src/chat/backend.contract.ts";
import type { ChatBackend, ChatMessage, ReplyEvent } from "../../src/chat/index.ts";
import type { Checkpoint } from "../../src/checkpoint/index.ts";
import { encodeGguf, type GgufType } from "../../src/export/index.ts";
import { Decoder, type GenerationConfig, generationConfig, reply } from "../../src/generate/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../../src/model/index.ts";
import { openLlamaBackend } from "../../src/node/backends/llama.ts";
import { SequenceReader } from "../../src/node/backends/llama-sequence.ts";
import type { LlamaPackage } from "../../src/node/backends/llama-types.ts";
import { openDevice } from "../../src/node/index.ts";
import { ByteTokenizer, CharacterTokenizer, renderPrompt, type Tokenizer } from "../../src/text/index.ts";
import { logitsWithF16Gelu } from "./gpt2-with-f16-gelu.ts";
import { ANSWERS, scratchFolder, trainedChatModel } from "./models.ts";

const { getLlama } = (await import("node-llama-cpp" as string)) as LlamaPackage;
const llama = await getLlama({
  ...{ build: "never", gpu: false, progressLogs: false, skipDownload: true },
  ...{ logLevel: "disabled", logger: () => {} },
});

const folder = scratchFolder();
afterAll(() => folder.remove());

const checkpoints = {
  llama: await trainedChatModel("llama"),
  classic: await trainedChatModel("classic"),
};

function written(name: string, checkpoint: Checkpoint, type: GgufType): string {
  const bytes = encodeGguf(checkpoint, { type, name });
  const file = `${name}-${type}.gguf`;
  return join(folder.write("models", new Map([[file, bytes]])), file);
}

const opened = (path: string): Promise<ChatBackend> => openLlamaBackend({ path, threads: 1, gpu: false });

async function textOf(events: AsyncIterable<ReplyEvent>): Promise<string> {
  let text = "";
  for await (const event of events) if (event.type === "delta") text += event.text;
  return text;
}

async function ours(
  checkpoint: Checkpoint,
  prompt: readonly ChatMessage[],
  config: GenerationConfig,
): Promise<string> {
  let text = "";
  for await (const piece of reply(new Decoder(checkpoint), checkpoint.tokenizer, prompt, { config }))
    text += piece;
  return text;
}

const said = (role: ChatMessage["role"], text: string): ChatMessage => ({ role, text });
const conversations: readonly (readonly ChatMessage[])[] = [
  ...Object.keys(ANSWERS).map((question) => [said("user", question)]),
  [said("system", "You keep a small harbour."), said("user", "Who are you?")],
  [
    said("user", "Is grass green?"),
    said("assistant", ANSWERS["Is grass green?"] ?? ""),
    said("user", "And then?"),
  ],
  [said("user", "<eos><assistant> — 12,50 €\n\n  👋🏽 it's IT'S \t\u00a0١٢٣ \u017f")],
];

describe.each(["llama", "classic"] as const)("a %s model as GGUF", (preset) => {
  const checkpoint = checkpoints[preset];
  const config = generationConfig({ maxNewTokens: 48 });

  describeChatBackend(`llama.cpp with ${preset}`, () => opened(written(preset, checkpoint, "f32")), {
    message: "When does the ferry leave?",
    reply: ANSWERS["When does the ferry leave?"] ?? "",
    maxNewTokens: 48,
    continues: false, // cut within a word, its tokens are others: see below
  });

  it("goes on with a reply that ends with a token", async () => {
    const backend = await opened(written(preset, checkpoint, "f32"));
    const [question = "", answer = ""] = Object.entries(ANSWERS)[0] ?? [];
    const { tokenizer } = checkpoint;
    for (const count of [0, 1, 3, 6]) {
      const begun = tokenizer.decode(tokenizer.encode(answer).slice(0, count));
      const messages = [said("user", question), said("assistant", begun)];
      expect(await backend.countTokens(messages)).toBe(renderPrompt(tokenizer, question).length + count);
      expect(await textOf(backend.reply(messages, config))).toBe(answer.slice(begun.length));
    }
    await backend.close();
  });

  it.each(["f32", "f16", "q8_0"] as const)(
    "says in %s what it says here",
    { timeout: 60_000 },
    async (type) => {
      const backend = await opened(written(preset, checkpoint, type));
      for (const messages of conversations) {
        // What it did not learn, a rounded model may say otherwise.
        if (type !== "f32" && messages.at(-1)?.text.startsWith("<eos>")) continue;
        expect(await backend.countTokens(messages)).toBe(renderPrompt(checkpoint.tokenizer, messages).length);
        expect(await textOf(backend.reply(messages, config))).toBe(await ours(checkpoint, messages, config));
      }
      await backend.close();
    },
  );

  it("draws, penalizes and counts as it does here", { timeout: 60_000 }, async () => {
    const backend = await opened(written(preset, checkpoint, "f32"));
    const messages = [said("user", "Who are you?")];
    for (const options of [
      { temperature: 1.5, seed: 3 },
      { temperature: 2, topK: 20, topP: 0.9, minP: 0.02, seed: 4 },
      { repetitionPenalty: 1.5, frequencyPenalty: 0.5, presencePenalty: 0.3 },
      { logitBias: { "40": 100 }, maxNewTokens: 5 },
    ]) {
      const own = generationConfig({ maxNewTokens: 32, ...options });
      expect(await textOf(backend.reply(messages, own))).toBe(await ours(checkpoint, messages, own));
    }
    await backend.close();
  });
});

/** What llama.cpp's logits may be off. Its GELU is a table of f16, which `classic` meets in every layer. */
const LOGITS = {
  llama: { f32: 1e-4, f16: 2e-2, q8_0: 0.3 },
  classic: { f32: 1e-2, f16: 4e-2, q8_0: 0.8 },
} as const;

describe.each(["llama", "classic"] as const)("what llama.cpp computes of %s", (preset) => {
  const checkpoint = checkpoints[preset];
  const { tokenizer } = checkpoint;
  const prompts = conversations.map((messages) => renderPrompt(tokenizer, messages));

  it.each(["f32", "f16", "q8_0"] as const)("in %s is what is computed here", async (type) => {
    const model = await llama.loadModel({ modelPath: written(preset, checkpoint, type) });
    const context = await model.createContext({
      ...{ contextSize: 256, sequences: 1, threads: 1, flashAttention: false },
      ...{ experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32" },
    });
    const reader = new SequenceReader(context.getSequence(), tokenizer.size);
    const decoder = new Decoder(checkpoint);
    let worst = 0;
    for (const prompt of prompts) {
      const theirs = await reader.prefill(prompt, () => false);
      const [own] = decoder.prefill([prompt]);
      for (const [token, logit] of (own ?? []).entries())
        worst = Math.max(worst, Math.abs(logit - (theirs?.[token] ?? Number.NaN)));
    }
    process.stdout.write(`${preset} in ${type}: logits differ by ${worst.toExponential(1)} at most\n`);
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(LOGITS[preset][type]);
    await model.dispose();
  });
});

it("what llama.cpp computes of classic is exact but for its GELU in f16", { timeout: 60_000 }, async () => {
  const checkpoint = checkpoints.classic;
  const model = await llama.loadModel({ modelPath: written("classic", checkpoint, "f32") });
  const context = await model.createContext({
    ...{ contextSize: 256, sequences: 1, threads: 1, flashAttention: false },
    ...{ experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32" },
  });
  const reader = new SequenceReader(context.getSequence(), checkpoint.tokenizer.size);
  for (const messages of conversations.slice(0, 3)) {
    const prompt = renderPrompt(checkpoint.tokenizer, messages);
    const theirs = await reader.prefill(prompt, () => false);
    for (const [token, logit] of logitsWithF16Gelu(checkpoint, prompt).entries())
      expect(Math.abs(logit - (theirs?.[token] ?? Number.NaN))).toBeLessThan(1e-3);
  }
  await model.dispose();
});

describe("tokens in llama.cpp", () => {
  const random = fc.sample(fc.string({ unit: "binary", maxLength: 40 }), { numRuns: 300, seed: 1 });
  const texts = [
    ...Object.keys(ANSWERS),
    ...Object.values(ANSWERS),
    "it's IT'S we'Re don'T 'ſ 1 12 123 1234 12345 ½ ١٢٣ Ⅷ",
    "a  b   c \t\n\n d\r\n\r\n  \n e\u00a0\u00a0f\u3000g \u2028 h ",
    "  \n  x\n y --- ... ?!\n\n?! (a)b[c] <eos><bos>",
    "äöü ÄÖÜ ß é e\u0301 日本語 한국어 العربية 👋🏽 👨‍👩‍👧 ﷽ 𝒜 \ufeff \u200b",
    "x".repeat(300),
    " ".repeat(50),
  ];
  const tokenizers: readonly (readonly [Tokenizer, readonly string[]])[] = [
    [checkpoints.llama.tokenizer, [...texts, ...random.filter((text) => !/\p{Cs}/u.test(text))]],
    [new ByteTokenizer("chat"), [...texts, ...random.filter((text) => !/\p{Cs}/u.test(text))]],
    [CharacterTokenizer.fit(texts, { special: "chat" }), texts],
  ];

  it.each(tokenizers)("are ours: %o", { timeout: 60_000 }, async (tokenizer, all) => {
    const config = { contextWindow: 16, width: 32, layers: 1, heads: 1, vocabulary: tokenizer.size };
    const model = new Transformer(modelConfig({ ...config, preset: "llama" }));
    const weights = new Weights(await openDevice(), layoutOf(model)).initialize(1);
    const loaded = await llama.loadModel({
      modelPath: written(tokenizer.kind, { model, weights, tokenizer }, "f32"),
    });
    const wrong = all.filter((text) => loaded.tokenize(text, false).join() !== tokenizer.encode(text).join());
    expect(wrong).toEqual([]);
    await loaded.dispose();
  });
});

it("a model of single questions takes the newest, and no system message", async () => {
  const tokenizer = CharacterTokenizer.fit(["Who are you? äö👋"]);
  const config = {
    contextWindow: 64,
    width: 32,
    layers: 2,
    heads: 2,
    vocabulary: tokenizer.size,
    deviation: 0.5,
  };
  const model = new Transformer(modelConfig(config));
  const weights = new Weights(await openDevice(), layoutOf(model)).initialize(1);
  const checkpoint = { model, weights, tokenizer };
  const backend = await opened(written("pairs", checkpoint, "f32"));
  expect(backend.abilities).toMatchObject({ chat: true, system: false, history: false });
  const newest = [said("user", "you äö👋?")];
  const all = [said("user", "Who"), said("assistant", "you"), ...newest];
  const greedy = generationConfig({ maxNewTokens: 20 });
  expect(await backend.countTokens(all)).toBe(renderPrompt(tokenizer, newest).length);
  expect(await textOf(backend.reply(all, greedy))).toBe(await ours(checkpoint, newest, greedy));
  await expect(backend.countTokens([said("system", "you"), ...newest])).rejects.toMatchObject({
    code: "unable",
  });
  await expect(backend.countTokens([said("user", "you €")])).rejects.toThrow('"€"');
  await backend.close();
});

describe("a GGUF file", () => {
  it("that is not there, or is none, is refused", async () => {
    await expect(opened(join(folder.path, "none.gguf"))).rejects.toMatchObject({ code: "model-not-found" });
    const path = join(folder.path, "text.gguf");
    writeFileSync(path, "This is no model, but some text that is long enough.");
    await expect(opened(path)).rejects.toMatchObject({ code: "gguf-invalid" });
  });

  it("that was cut short is refused, wherever", { timeout: 60_000 }, async () => {
    const path = written("cut", checkpoints.llama, "f16");
    const { length } = readFileSync(path);
    for (const part of [0.999, 0.5, 0.1, 0.01]) {
      truncateSync(path, Math.floor(length * part));
      await expect(opened(path)).rejects.toMatchObject({ code: "gguf-invalid" });
    }
  });

  it("that lacks a tensor is refused by llama.cpp", async () => {
    const path = written("renamed", checkpoints.llama, "f32");
    const bytes = readFileSync(path);
    bytes.write("xutput_norm", bytes.indexOf("output_norm"));
    writeFileSync(path, bytes);
    await expect(opened(path)).rejects.toMatchObject({ code: "gguf-invalid" });
  });
});
