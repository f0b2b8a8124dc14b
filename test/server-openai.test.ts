import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { type Served, serveScripted, until } from "./serve-for-test.ts";

const messages = [{ role: "user", content: "olleh" }] as const;

describe("the official client of OpenAI", () => {
  let served: Served;
  const start = async (...args: Parameters<typeof serveScripted>): Promise<OpenAI> => {
    served = await serveScripted(...args);
    return new OpenAI({ baseURL: `${served.url}/v1`, apiKey: "any", maxRetries: 0 });
  };
  afterEach(() => served.listening.close());

  it("chats", async () => {
    const client = await start();
    const reply = await client.chat.completions.create({ model: "scripted", messages: [...messages] });
    expect(reply.choices).toEqual([
      {
        index: 0,
        message: { role: "assistant", content: "hello", refusal: null },
        logprobs: null,
        finish_reason: "stop",
      },
    ]);
    expect(reply.usage).toEqual({ prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 });
    expect(reply.id).toMatch(/^chatcmpl-\w{20,}$/);
    expect(reply.object).toBe("chat.completion");
    expect(Math.abs(reply.created - Date.now() / 1000)).toBeLessThan(60);
    expect(served.errors).toEqual([]);
  });

  it("streams, with usage at the end", async () => {
    const client = await start({ delay: 3 });
    const stream = await client.chat.completions.create({
      model: "scripted",
      messages: [...messages],
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: "assistant", content: "", refusal: null });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toBe("hello");
    expect(chunks.at(-2)?.choices[0]).toMatchObject({ delta: {}, finish_reason: "stop" });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 },
    });
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  it("stops the generation when it goes away", async () => {
    const client = await start({ delay: 5, answer: () => "x".repeat(150), contextWindow: 400 });
    const abort = new AbortController();
    const stream = await client.chat.completions.create(
      { model: "scripted", messages: [...messages], stream: true },
      { signal: abort.signal },
    );
    for await (const _ of stream) {
      if (served.backend.made >= 5) break;
    }
    abort.abort();
    const made = served.backend.made;
    await until(() => served.backend.aborted === 1);
    expect(served.backend.made).toBeLessThan(made + 10);
    await until(() => served.lines.length === 1);
    expect(served.lines[0]?.status).toBe(499);
    expect(served.host.holds).toBe(1); // the server's own
  });
});
