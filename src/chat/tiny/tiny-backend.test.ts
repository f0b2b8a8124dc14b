import { beforeAll, describe, expect, it } from "vitest";
import { present } from "../../base/index.ts";
import { compile, Input, type Tensor } from "../../engine/index.ts";
import { type GenerationConfig, generationConfig } from "../../generate/index.ts";
import { describeChatBackend } from "../backend.contract.ts";
import type { ReplyEvent, ReplyOptions } from "../backend.ts";
import { BusyError } from "../errors.ts";
import { TinyBackend } from "./tiny-backend.ts";
import { ANSWER, QUESTION, type TinyModel, trainTiny } from "./tiny-model.contract.ts";

const models: readonly TinyModel[] = [
  { preset: "classic", tokenizer: "character", kind: "pairs" },
  { preset: "llama", tokenizer: "bpe", kind: "chat" },
  { preset: "modern", tokenizer: "character", kind: "chat" },
  { preset: "modern", tokenizer: "bpe", kind: "text" },
];

for (const model of models) {
  const name = `${model.preset} ${model.tokenizer} ${model.kind}`;
  let trained: ReturnType<typeof trainTiny> | undefined;
  const create = async (): Promise<TinyBackend> => {
    trained ??= trainTiny(model);
    const open = await trained;
    return new TinyBackend({ checkpoint: await open(), address: "run:tiny", name: "tiny" });
  };
  describeChatBackend(`tiny ${name}`, create, {
    message: QUESTION,
    // The tokens of half an answer are not always the first tokens of the whole.
    continues: model.tokenizer !== "bpe",
    maxNewTokens: 60,
    ...(model.preset === "modern" ? {} : { reply: ANSWER }),
  });
}

/** A reply, and how it ended. */
async function say(reply: AsyncIterable<ReplyEvent>): Promise<{ text: string; end: ReplyEvent | undefined }> {
  let text = "";
  let end: ReplyEvent | undefined;
  for await (const event of reply) {
    if (event.type === "delta") text += event.text;
    else end = event;
  }
  return { text, end };
}

describe("a tiny model that many talk to", () => {
  let open: Awaited<ReturnType<typeof trainTiny>>;
  beforeAll(async () => {
    open = await trainTiny({ preset: "llama", tokenizer: "bpe", kind: "chat" });
  });
  const backend = async (options: { mostRows?: number; mostWaiting?: number } = {}): Promise<TinyBackend> =>
    new TinyBackend({ checkpoint: await open(), address: "run:tiny", name: "tiny", ...options });
  const ask = (model: TinyBackend, config: Partial<GenerationConfig>, options?: ReplyOptions) =>
    model.reply([{ role: "user", text: QUESTION }], generationConfig(config), options);

  it("gives each its own reply, whoever else is there", async () => {
    const model = await backend();
    const config = (seed: number) => ({ temperature: 1.5, seed, maxNewTokens: 5 + seed });
    const seeds = Array.from({ length: 64 }, (_, seed) => seed);
    const together = await Promise.all(seeds.map((seed) => say(ask(model, config(seed)))));
    expect(new Set(together.map(({ text }) => text)).size).toBeGreaterThan(30);
    for (const seed of seeds.filter((seed) => seed % 5 === 0))
      expect(together[seed]?.text, `seed ${seed}`).toBe((await say(ask(model, config(seed)))).text);
    await model.close();
  });

  it("leaves the others alone when one goes away", async () => {
    const model = await backend({ mostRows: 4 });
    const alone = await say(ask(model, { temperature: 1, seed: 3, maxNewTokens: 60 }));
    const left = [1, 2].map((seed) => ask(model, { temperature: 1, seed, maxNewTokens: 200 }));
    const controller = new AbortController();
    const aborted = say(ask(model, { temperature: 1, maxNewTokens: 200 }, { signal: controller.signal }));
    const stays = say(ask(model, { temperature: 1, seed: 3, maxNewTokens: 60 }));
    for (const reply of left) await reply.next();
    controller.abort();
    for (const reply of left) await reply.return();
    expect((await stays).text).toBe(alone.text);
    expect((await aborted).end).toMatchObject({ finish: "aborted" });
    await model.close();
  });

  it("ends one that waits as soon as it is aborted", async () => {
    const model = await backend({ mostRows: 1 });
    const first = say(ask(model, { maxNewTokens: 20 }));
    const controller = new AbortController();
    const waiting = say(ask(model, { maxNewTokens: 20 }, { signal: controller.signal }));
    controller.abort();
    expect((await waiting).end).toMatchObject({ finish: "aborted", usage: { completionTokens: 0 } });
    expect((await first).text).toBe((await say(ask(model, { maxNewTokens: 20 }))).text);
    await model.close();
  });

  it("lets so many wait and refuses more, with a time to try again", async () => {
    const model = await backend({ mostRows: 2, mostWaiting: 3 });
    const asked = Array.from({ length: 8 }, () => say(ask(model, { maxNewTokens: 10 })));
    const results = await Promise.allSettled(asked);
    const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(refused).toHaveLength(3);
    for (const error of refused) {
      expect(error).toBeInstanceOf(BusyError);
      expect(error.retryAfter).toBeGreaterThanOrEqual(1);
    }
    const texts = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.text] : []));
    expect(new Set(texts).size).toBe(1);
    expect((await say(ask(model, { maxNewTokens: 10 }))).text).toBe(texts[0]);
    await model.close();
  });

  it("finishes a reply whose reader has gone without a word, and goes on", async () => {
    const model = await backend({ mostRows: 1 });
    const forgotten = ask(model, { temperature: 2, maxNewTokens: 100 });
    await forgotten.next();
    const { end } = await say(ask(model, { maxNewTokens: 10 }));
    expect(end).toMatchObject({ finish: "length" });
    // What nobody took is one delta.
    const rest = [await forgotten.next(), await forgotten.next(), await forgotten.next()];
    expect(rest.map(({ value }) => value?.type)).toEqual(["delta", "end", undefined]);
    await model.close();
  });

  it("lets the thread do other things while it talks", async () => {
    const model = await backend();
    let turns = 0;
    const ticks = setInterval(() => turns++, 1);
    await Promise.all(
      Array.from({ length: 32 }, (_, seed) => say(ask(model, { temperature: 3, seed, maxNewTokens: 150 }))),
    );
    clearInterval(ticks);
    expect(turns).toBeGreaterThan(3);
    await model.close();
  });

  it("refuses what only this reply asks, and answers the others", async () => {
    const model = await backend();
    const wrong = say(ask(model, { logitBias: { 99999: 1 } }));
    const right = say(ask(model, { maxNewTokens: 10 }));
    await expect(wrong).rejects.toMatchObject({ code: "generation-config" });
    expect((await right).text).not.toBe("");
    await model.close();
    await expect(say(ask(model, {}))).rejects.toMatchObject({ code: "unable" });
  });
});

describe("a tiny model of single questions", () => {
  it("sees the newest question alone, and takes no system message", async () => {
    const open = await trainTiny({ preset: "classic", tokenizer: "character", kind: "pairs" });
    const model = new TinyBackend({ checkpoint: await open(), address: "run:tiny", name: "tiny" });
    const newest = { role: "user", text: QUESTION } as const;
    const before = [
      { role: "user", text: "Is it far?" },
      { role: "assistant", text: "No." },
    ] as const;
    expect(model.abilities).toMatchObject({ chat: true, history: false, system: false });
    expect(await model.countTokens([...before, newest])).toBe(QUESTION.length + 2);
    const { text } = await say(model.reply([...before, newest], generationConfig({ maxNewTokens: 60 })));
    expect(text).toBe(ANSWER);
    const system = say(model.reply([{ role: "system", text: "Sing." }, newest], generationConfig()));
    await expect(system).rejects.toMatchObject({ code: "unable" });
    await expect(model.embed(["a".repeat(300)])).rejects.toMatchObject({ code: "prompt-too-long" });
    await model.close();
  });
});

describe("an embedding", () => {
  it("is the mean of what the head is given, over the text's tokens", async () => {
    const open = await trainTiny({ preset: "llama", tokenizer: "byte", kind: "text" });
    const checkpoint = await open();
    const { model, weights, tokenizer } = checkpoint;
    const ids = [tokenizer.special.bos, ...tokenizer.encode(QUESTION)];
    const input = new Input("ids", [1, ids.length], { dtype: "i32" });
    let hidden: Tensor | undefined;
    model.forward(input, {
      observe: (name, tensor) => {
        if (name === "hidden") hidden = tensor;
      },
    });
    const outputs = { hidden: present(hidden, "hidden") };
    const shared = { parameters: weights.region };
    const program = weights.device.load(compile({ layout: weights.layout, outputs }), shared);
    program.write("ids", ids);
    program.run();
    const states = program.read("hidden");
    const { width } = model.config;
    const mean = Array.from({ length: width }, (_, c) =>
      ids.slice(1).reduce((sum, __, t) => sum + (states[(t + 1) * width + c] ?? 0), 0),
    );
    const length = Math.sqrt(mean.reduce((sum, value) => sum + value * value, 0));
    const backend = new TinyBackend({ checkpoint, address: "run:tiny", name: "tiny" });
    const [vector] = await backend.embed([QUESTION]);
    for (const [c, value] of mean.entries()) expect(vector?.[c]).toBeCloseTo(value / length, 5);
    const [empty] = await backend.embed([""]);
    expect(Math.hypot(...(empty ?? []))).toBeCloseTo(1, 5);
    await backend.close();
  });
});
