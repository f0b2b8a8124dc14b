import { afterAll, describe, expect, it } from "vitest";
import { describeChatBackend } from "../../src/chat/backend.contract.ts";
import type { ChatBackend, ChatMessage, ReplyEvent } from "../../src/chat/index.ts";
import type { Checkpoint } from "../../src/checkpoint/index.ts";
import { onnxFolder } from "../../src/export/index.ts";
import { Decoder, generationConfig, reply } from "../../src/generate/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../../src/model/index.ts";
import { openTransformersBackend } from "../../src/node/backends/transformers.ts";
import { loadTransformer } from "../../src/node/backends/transformers-model.ts";
import { openDevice } from "../../src/node/index.ts";
import { CharacterTokenizer, renderPrompt } from "../../src/text/index.ts";
import { ANSWERS, scratchFolder, trainedChatModel } from "./models.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

const presets = ["classic", "llama", "modern"] as const;
const checkpoints: Record<string, Checkpoint> = {};
const folders: Record<string, string> = {};
for (const preset of presets) {
  const checkpoint = await trainedChatModel(preset);
  checkpoints[preset] = checkpoint;
  folders[preset] = scratch.write(preset, onnxFolder(checkpoint));
}
scratch.write("llama", onnxFolder(checkpoints["llama"] as Checkpoint, { type: "f16" }));
const folderOf = (preset: string): string => folders[preset] ?? "";

/** Conversations with all that a template has: a beginning, several turns, a reply that has begun. */
const chats: readonly (readonly ChatMessage[])[] = [
  ...Object.keys(ANSWERS).map((text) => [{ role: "user", text } as const]),
  [{ role: "user", text: "Words that were never seen: \u{1f99c} ½ ﬁ ṩ\r\n" }],
  [{ role: "user", text: "No text makes a token: <eos><assistant>" }],
  [
    { role: "system", text: "You keep a small harbour." },
    { role: "user", text: "Is grass green?" },
    { role: "assistant", text: ANSWERS["Is grass green?"] ?? "" },
    { role: "user", text: "And then?" },
  ],
];

async function textOf(events: AsyncIterable<ReplyEvent>): Promise<string> {
  let text = "";
  for await (const event of events) if (event.type === "delta") text += event.text;
  return text;
}

async function ours(checkpoint: Checkpoint, messages: readonly ChatMessage[]): Promise<string> {
  let text = "";
  const config = generationConfig({ maxNewTokens: 60 });
  for await (const delta of reply(new Decoder(checkpoint), checkpoint.tokenizer, messages, { config }))
    text += delta;
  return text;
}

for (const preset of presets) {
  const message = "Who are you?";
  describeChatBackend(
    `transformers, ${preset},`,
    () => openTransformersBackend({ model: folderOf(preset) }),
    { message, reply: ANSWERS[message] ?? "" },
  );

  describe(`${preset} in transformers.js`, () => {
    const checkpoint = checkpoints[preset] as Checkpoint;

    it("says what it says here, to every conversation", async () => {
      const backend = await openTransformersBackend({ model: folderOf(preset) });
      for (const messages of chats) {
        expect(await backend.countTokens(messages)).toBe(renderPrompt(checkpoint.tokenizer, messages).length);
        const text = await textOf(backend.reply(messages, generationConfig({ maxNewTokens: 60 })));
        expect(text).toBe(await ours(checkpoint, messages));
      }
      expect(backend.abilities).toMatchObject({ chat: true, system: true, history: true });
      expect(backend.contextWindow).toBe(checkpoint.model.config.contextWindow);
      await backend.close();
    });

    it("has our logits within 1e-3, and says the same by its own generate()", async () => {
      const { model, tokenizer, library } = await loadTransformer({ model: folderOf(preset) });
      for (const messages of chats) {
        const ids = renderPrompt(checkpoint.tokenizer, messages);
        const plain = messages.map(({ role, text }) => ({ role, content: text }));
        const rendered = String(
          tokenizer.apply_chat_template(plain, { tokenize: false, add_generation_prompt: true }),
        );
        const safe = !messages.some(({ text }) => text.includes("<eos>"));
        if (safe) expect(tokenizer.encode(rendered, { add_special_tokens: false })).toEqual(ids);
        const input_ids = new library.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
        const attention_mask = new library.Tensor("int64", new BigInt64Array(ids.length).fill(1n), [
          1,
          ids.length,
        ]);
        const { logits } = await model({ input_ids, attention_mask });
        const [expected] = new Decoder(checkpoint).prefill([ids]);
        const last = Array.from(logits?.data ?? []).slice(-(expected?.length ?? 0));
        const furthest = Math.max(
          ...last.map((value, index) => Math.abs(value - (expected?.[index] ?? Number.NaN))),
        );
        expect(furthest).toBeLessThan(1e-3);
        const generate = (
          model as unknown as { generate(options: object): Promise<{ data: ArrayLike<bigint> }> }
        ).generate;
        const made = await generate.call(model, { input_ids, attention_mask, max_new_tokens: 60 });
        const said = Array.from(made.data, Number).slice(ids.length);
        expect(tokenizer.decode(said, { skip_special_tokens: true })).toBe(await ours(checkpoint, messages));
      }
      await model.dispose();
    });
  });
}

describe("a model of transformers.js", () => {
  const message = [{ role: "user", text: "Who are you?" }] as const;

  it("opens with weights of f16 where that is asked for", async () => {
    const backend = await openTransformersBackend({ model: folderOf("llama"), dtype: "fp16" });
    expect(await textOf(backend.reply(message, generationConfig()))).toBe(ANSWERS["Who are you?"]);
    await backend.close();
  });

  it("is told to be missing where it is", async () => {
    const opening = (model: string, dtype?: string): Promise<ChatBackend> =>
      openTransformersBackend({ model, dtype });
    await expect(opening(`${scratch.path}/nothing`)).rejects.toMatchObject({ code: "model-not-found" });
    const bare = onnxFolder(checkpoints["llama"] as Checkpoint);
    bare.delete("tokenizer.json");
    bare.delete("tokenizer_config.json");
    await expect(opening(scratch.write("bare", bare))).rejects.toMatchObject({ code: "model-not-found" });
    await expect(opening(folderOf("classic"), "q4")).rejects.toMatchObject({
      code: "model-not-found",
      message: expect.stringContaining("model_q4.onnx"),
    });
    await expect(opening(folderOf("classic"), "f12")).rejects.toMatchObject({ code: "bad-dtype" });
    scratch.write(
      "broken",
      new Map([...onnxFolder(checkpoints["llama"] as Checkpoint), ["onnx/model.onnx", new Uint8Array(100)]]),
    );
    await expect(opening(`${scratch.path}/broken`)).rejects.toMatchObject({ code: "backend-failed" });
    scratch.write(
      "odd",
      new Map([
        ...onnxFolder(checkpoints["llama"] as Checkpoint),
        ["config.json", new TextEncoder().encode('{"model_type":"odd"}')],
      ]),
    );
    await expect(opening(`${scratch.path}/odd`)).rejects.toMatchObject({ code: "unable" });
  });

  it("answers single questions by their newest, and says what it has no token for", async () => {
    const pairs = CharacterTokenizer.fit(["Who are you?"]);
    const shape = { vocabulary: pairs.size, contextWindow: 64, width: 16, layers: 1, heads: 2 };
    const model = new Transformer(modelConfig(shape));
    const weights = new Weights(await openDevice(), layoutOf(model)).initialize(3);
    const folder = scratch.write("pairs", onnxFolder({ model, weights, tokenizer: pairs }));
    const backend = await openTransformersBackend({ model: folder });
    expect(backend.abilities).toMatchObject({ chat: true, system: false, history: false });
    const before = [{ role: "user", text: "you" } as const, { role: "assistant", text: "Who" } as const];
    expect(await backend.countTokens([...before, ...message])).toBe(await backend.countTokens(message));
    expect(await backend.countTokens(message)).toBe("Who are you?".length + 2);
    const asked = textOf(
      backend.reply([{ role: "user", text: "Zzz" }], generationConfig({ maxNewTokens: 8 })),
    );
    await expect(asked).rejects.toMatchObject({ code: "unknown-character" });
    await backend.close();
  });

  it("refuses a token in logitBias that it does not know", async () => {
    const backend = await openTransformersBackend({ model: folderOf("llama") });
    const asked = textOf(backend.reply(message, generationConfig({ logitBias: { "400": 1 } })));
    await expect(asked).rejects.toMatchObject({ code: "generation-config" });
    await backend.close();
  });
});
