import { spawn, spawnSync } from "node:child_process";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateObject, generateText, jsonSchema, streamText } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { servePip, type TinyServed } from "./serve-tiny.ts";

let served: TinyServed;
let client: OpenAI;
beforeAll(async () => {
  served = await servePip();
  client = new OpenAI({ baseURL: `${served.url}/v1`, apiKey: "any", maxRetries: 0 });
});
afterAll(() => served.close());

const model = "pip";
const ask = (content: string): { model: string; messages: { role: "user"; content: string }[] } => ({
  model,
  messages: [{ role: "user", content }],
});
const question = ask("What is your name?");
const story = ask("Tell me a story.");
const hot = { temperature: 1, max_tokens: 60 };

/** Until nobody is answered but who asks for it. */
async function quiet(): Promise<void> {
  while ((await served.metric("parrotlet_active")) > 1) await new Promise((done) => setTimeout(done, 5));
}

const schema = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 12 },
    age: { type: "integer", minimum: 0, maximum: 120 },
    kind: { enum: ["parrot", "person"] },
  },
  required: ["name", "age", "kind"],
  additionalProperties: false,
} as const;
function checkObject(value: unknown): void {
  const { name, age, kind, ...more } = value as Record<string, unknown>;
  expect(more).toEqual({});
  expect([...(name as string)].length).toBeLessThanOrEqual(12);
  expect(Number.isInteger(age) && (age as number) >= 0 && (age as number) <= 120).toBe(true);
  expect(["parrot", "person"]).toContain(kind);
}

describe("the official client of OpenAI, with a real model", () => {
  it("chats, and streams the same with its usage", async () => {
    const whole = await client.chat.completions.create(question);
    const text = whole.choices[0]?.message.content ?? "";
    expect(text).toMatch(/Pip/);
    expect(whole.choices[0]?.finish_reason).toBe("stop");
    const stream = await client.chat.completions.create({
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    });
    let [said, usage] = ["", undefined as OpenAI.CompletionUsage | null | undefined];
    for await (const chunk of stream) {
      said += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage;
    }
    expect(said).toBe(text);
    expect(usage).toEqual(whole.usage);
    expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
  });

  it("stops before a text that spans tokens, wherever it lies, and streams nothing of it", async () => {
    const told = await client.chat.completions.create({
      ...story,
      max_tokens: 60,
      logprobs: true,
      top_logprobs: 0,
    });
    const whole = told.choices[0]?.message.content ?? "";
    const tokens = told.choices[0]?.logprobs?.content?.map(({ token }) => token) ?? [];
    expect(tokens.join("")).toContain(whole);
    // From the middle of one token to the middle of the next.
    const at = tokens.slice(0, 4).join("").length;
    const stop = whole.slice(at - 1, at + 2);
    expect(tokens.some((token) => token.includes(stop))).toBe(false);
    const before = whole.slice(0, whole.indexOf(stop));
    const cut = { ...story, max_tokens: 60, stop: [stop, "never said"] };
    const reply = await client.chat.completions.create(cut);
    expect(reply.choices[0]?.message.content).toBe(before.trim());
    expect(reply.choices[0]?.finish_reason).toBe("stop");
    let streamed = "";
    for await (const chunk of await client.chat.completions.create({ ...cut, stream: true }))
      streamed += chunk.choices[0]?.delta.content ?? "";
    expect(streamed.trim()).toBe(before.trim());
  });

  it("has the same reply of the same seed, also among others, and others of others", async () => {
    const say = async (seed: number): Promise<string | null | undefined> =>
      (await client.chat.completions.create({ ...story, ...hot, seed })).choices[0]?.message.content;
    const alone = await say(7);
    const together = await Promise.all([1, 7, 3, 7, 5].map(say));
    expect([together[1], together[3]]).toEqual([alone, alone]);
    expect(new Set(together).size).toBe(4);
    const many = await client.chat.completions.create({ ...story, ...hot, seed: 7, n: 3 });
    expect(many.choices[0]?.message.content).toBe(alone);
    expect(new Set(many.choices.map(({ message }) => message.content)).size).toBe(3);
  });

  it("is told probabilities: the chosen one among the likeliest, together no more than 1", async () => {
    const { choices } = await client.chat.completions.create({
      ...question,
      logprobs: true,
      top_logprobs: 5,
    });
    const content = choices[0]?.logprobs?.content ?? [];
    expect(content.length).toBeGreaterThan(2);
    for (const { token, logprob, top_logprobs: top } of content) {
      expect(top).toHaveLength(5);
      const sum = top.reduce((total, each) => total + Math.exp(each.logprob), 0);
      expect(sum).toBeGreaterThan(0.2);
      expect(sum).toBeLessThanOrEqual(1 + 1e-5);
      expect(top.map((each) => each.logprob)).toEqual(top.map((each) => each.logprob).sort((a, b) => b - a));
      expect([top[0]?.token, top[0]?.logprob]).toEqual([token, logprob]); // greedy: the likeliest was taken
    }
  });

  it("has JSON by a schema, however hot", async () => {
    const response_format = { type: "json_schema", json_schema: { name: "it", schema } } as const;
    const replies = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((seed) =>
        client.chat.completions.create({
          ...question,
          temperature: 1,
          seed,
          max_tokens: 100,
          response_format,
        }),
      ),
    );
    for (const { choices } of replies) checkObject(JSON.parse(choices[0]?.message.content ?? ""));
  });

  it("has vectors of length 1: the same of the same text, near ones of near texts", async () => {
    const input = [
      "The parrot is green.",
      "The parrot is green.",
      "The parrot is blue.",
      "Seven boats left.",
    ];
    const { data, usage } = await client.embeddings.create({ model, input });
    const [a = [], b = [], c = [], d = []] = data.map(({ embedding }) => embedding);
    const dot = (x: readonly number[], y: readonly number[]): number =>
      x.reduce((sum, value, index) => sum + value * (y[index] ?? 0), 0);
    for (const each of [a, c, d]) expect(dot(each, each)).toBeCloseTo(1, 4);
    expect(a).toEqual(b);
    expect(dot(a, c)).toBeGreaterThan(dot(a, d));
    expect(usage.prompt_tokens).toBeGreaterThan(12);
  });

  it("stops the model when it goes away", async () => {
    const abort = new AbortController();
    const long = { ...story, temperature: 2, max_tokens: 120, n: 8, stream: true } as const;
    const stream = await client.chat.completions.create(long, { signal: abort.signal });
    const made = async (): Promise<number> => served.metric("parrotlet_streams");
    expect(await made()).toBe(1);
    for await (const _ of stream) break;
    abort.abort();
    await quiet();
    expect(await made()).toBe(0);
    expect((await client.chat.completions.create(question)).choices[0]?.message.content).toMatch(/Pip/);
  });

  it("is told what is wrong", async () => {
    const create = (more: object) => client.chat.completions.create({ ...question, ...more });
    await expect(create({ model: "gpt-9" })).rejects.toMatchObject({ status: 404, code: "model_not_found" });
    await expect(create({ temperature: -1 })).rejects.toMatchObject({ status: 400, param: "temperature" });
    const long = { messages: [{ role: "user", content: "word ".repeat(900) }] };
    await expect(create(long)).rejects.toMatchObject({ status: 400, code: "context_length_exceeded" });
    await expect(create({ regex: "(" })).rejects.toMatchObject({ status: 400 });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(["pip"]);
  });
});

describe("the Vercel AI SDK, with a real model", () => {
  const provider = () =>
    createOpenAICompatible({
      name: "parrotlet",
      baseURL: `${served.url}/v1`,
      includeUsage: true,
      supportsStructuredOutputs: true,
    })(model);
  const prompt = "What is your name?";

  it("generates and streams the same text", async () => {
    const { text, usage } = await generateText({ model: provider(), prompt });
    expect(text).toMatch(/Pip/);
    const result = streamText({ model: provider(), prompt });
    let streamed = "";
    for await (const delta of result.textStream) streamed += delta;
    expect(streamed).toBe(text);
    expect((await result.usage).outputTokens).toBe(usage.outputTokens);
  });

  it("generates an object", async () => {
    const settings = { model: provider(), prompt, temperature: 1, seed: 3, maxOutputTokens: 100 };
    const { object } = await generateObject({ ...settings, schema: jsonSchema(schema) });
    checkObject(object);
  });
});

describe.skipIf(spawnSync("curl", ["--version"]).status !== 0)("curl, with a real model", () => {
  it("streams", async () => {
    const child = spawn("curl", [
      ...["-sS", "-N", `${served.url}/v1/chat/completions`, "-H", "Content-Type: application/json"],
      ...["-d", JSON.stringify({ ...question, stream: true })],
    ]);
    let out = "";
    child.stdout.on("data", (data) => {
      out += data;
    });
    await new Promise((done) => child.on("close", done));
    const events = out
      .trimEnd()
      .split("\n\n")
      .map((event) => event.replace(/^data: /, ""));
    expect(events.pop()).toBe("[DONE]");
    const said = events.map((event) => JSON.parse(event).choices[0].delta.content ?? "").join("");
    const whole = await client.chat.completions.create(question);
    expect(said).toBe(whole.choices[0]?.message.content);
  });
});
