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

  it("lists models, and finds one by whatever names it", async () => {
    const client = await start();
    const { data } = await client.models.list();
    expect(data).toEqual([
      {
        id: "scripted",
        object: "model",
        created: Date.parse("2026-01-02T03:04:05Z") / 1000,
        owned_by: "parrotlet",
        about: "conversations",
        context_window: 200,
      },
    ]);
    for (const id of ["scripted", "run:scripted", "run:scripted@500", "scripted@7"])
      expect((await client.models.retrieve(id)).id).toBe(id.includes("@") ? id : "scripted");
    await expect(client.models.retrieve("gpt-9")).rejects.toMatchObject({
      status: 404,
      code: "model_not_found",
    });
    const plain = await fetch(`${served.url}/v1/models/run:scripted@500`);
    expect(await plain.json()).toMatchObject({ id: "run:scripted@500" });
  });

  it("stops at what it is told, and at the most tokens", async () => {
    const client = await start();
    const ask = (more: object) =>
      client.chat.completions.create({ model: "scripted", messages: [...messages], ...more });
    expect((await ask({ stop: "lo" })).choices[0]).toMatchObject({
      message: { content: "hel" },
      finish_reason: "stop",
    });
    expect((await ask({ stop: ["zz", "l"] })).choices[0]?.message.content).toBe("he");
    for (const field of ["max_tokens", "max_completion_tokens"])
      expect((await ask({ [field]: 2 })).choices[0]).toMatchObject({
        message: { content: "he" },
        finish_reason: "length",
      });
  });

  it("hands on every control", async () => {
    const client = await start();
    await client.chat.completions.create({
      model: "scripted",
      messages: [...messages],
      seed: 2 ** 32 + 7,
      temperature: 0.5,
      top_p: 0.9,
      presence_penalty: 0.5,
      frequency_penalty: -1,
      logit_bias: { "5": -100 },
      ...{ top_k: 3, min_p: 0.1, repetition_penalty: 1.2, regex: "a+", max_tokens: 9, stop: ["x"] },
    });
    expect(served.backend.asked[0]?.config).toEqual({
      seed: 7,
      temperature: 0.5,
      topP: 0.9,
      presencePenalty: 0.5,
      frequencyPenalty: -1,
      logitBias: { "5": -100 },
      topK: 3,
      minP: 0.1,
      repetitionPenalty: 1.2,
      format: { type: "regex", pattern: "a+" },
      maxNewTokens: 9,
      stopSequences: ["x"],
    });
  });

  it("gets choices that draw apart, the first as alone", async () => {
    const client = await start({ answer: (_, { seed }) => `seed ${seed}` });
    const ask = async (n: number, stream = false): Promise<string[]> => {
      const body = { model: "scripted", messages: [...messages], n, seed: 42 };
      if (!stream)
        return (await client.chat.completions.create(body)).choices.map((c) => c.message.content ?? "");
      const texts: string[] = [];
      for await (const { choices } of await client.chat.completions.create({ ...body, stream: true }))
        for (const { index, delta } of choices) texts[index] = (texts[index] ?? "") + (delta.content ?? "");
      return texts;
    };
    const three = await ask(3);
    expect(new Set(three).size).toBe(3);
    expect(three[0]).toBe("seed 42");
    expect(await ask(1)).toEqual(["seed 42"]);
    expect(await ask(3, true)).toEqual(three);
    expect(served.backend.asked[0]?.config.temperature).toBe(1);
  });

  it("is told log-probabilities, also in a stream", async () => {
    const client = await start();
    const body = { model: "scripted", messages: [...messages], logprobs: true, top_logprobs: 1 };
    const { choices } = await client.chat.completions.create(body);
    const token = { token: "h", logprob: -0.5, bytes: [104] };
    expect(choices[0]?.logprobs?.content?.[0]).toEqual({ ...token, top_logprobs: [token] });
    expect(choices[0]?.logprobs?.content?.map((each) => each.token).join("")).toBe("hello");
    const streamed: string[] = [];
    for await (const chunk of await client.chat.completions.create({ ...body, stream: true }))
      for (const each of chunk.choices[0]?.logprobs?.content ?? []) streamed.push(each.token);
    expect(streamed.join("")).toBe("hello");
  });

  it("asks for JSON, by the model's own formats", async () => {
    const client = await start({ answer: () => '{"name":"Ada"}' });
    const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
    const reply = await client.chat.completions.parse({
      model: "scripted",
      messages: [...messages],
      response_format: { type: "json_schema", json_schema: { name: "person", schema, strict: true } },
    });
    expect(reply.choices[0]?.message.parsed).toEqual({ name: "Ada" });
    expect(served.backend.asked[0]?.config.format).toEqual({ type: "json-schema", schema });
    await client.chat.completions.create({
      model: "scripted",
      messages: [...messages],
      response_format: { type: "json_object" },
    });
    expect(served.backend.asked[1]?.config.format).toEqual({ type: "json" });
  });

  it("makes vectors, as numbers and as it asks by itself, in base64", async () => {
    const client = await start();
    const input = ["abc", "de"];
    const own = await client.embeddings.create({ model: "scripted", input });
    const plain = await client.embeddings.create({ model: "scripted", input, encoding_format: "float" });
    expect(own.data.map(({ embedding }) => [...embedding])).toEqual(
      plain.data.map(({ embedding }) => embedding),
    );
    expect(plain.data[0]?.embedding).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    expect(own.usage).toEqual({ prompt_tokens: 5, total_tokens: 5 });
    await expect(client.embeddings.create({ model: "scripted", input: [[1, 2]] })).rejects.toMatchObject({
      status: 400,
      param: "input",
    });
  });

  it("completes texts: several, with an echo, as a stream, with log-probabilities of old", async () => {
    const client = await start();
    const both = await client.completions.create({
      model: "scripted",
      prompt: ["ab", "cde"],
      echo: true,
      n: 2,
    });
    expect(both.choices.map(({ text }) => text)).toEqual(["abba", "abba", "cdeedc", "cdeedc"]);
    expect(both.usage).toEqual({ prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 });
    const { choices } = await client.completions.create({ model: "scripted", prompt: "ab", logprobs: 1 });
    expect(choices[0]?.logprobs).toEqual({
      tokens: ["b", "a"],
      token_logprobs: [-0.5, -0.5],
      top_logprobs: [{ b: -0.5 }, { a: -0.5 }],
      text_offset: [0, 1],
    });
    const chunks: OpenAI.Completion[] = [];
    const stream = await client.completions.create({ model: "scripted", prompt: "ab", stream: true });
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.text).join("")).toBe("ba");
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  });

  it("knows each error by its class", async () => {
    const client = await start({ contextWindow: 30, abilities: { formats: [] } });
    const create = (more: object) =>
      client.chat.completions.create({ model: "scripted", messages: [...messages], ...more });
    const refusals = [
      [{ messages: [] }, "messages"],
      [
        { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }] },
        "messages[0].content[0]",
      ],
      [{ messages: [{ role: "king", content: "x" }] }, "messages[0].role"],
      [{ temperature: "hot" }, "temperature"],
      [{ n: 9 }, "n"],
      [{ max_tokens: 0 }, "max_tokens"],
      [{ top_logprobs: 3 }, "top_logprobs"],
      [{ stop: [""] }, "stop[0]"],
      [{ logit_bias: { a: 1 } }, "logit_bias.a"],
      [{ tool_choice: "required", tools: [] }, "tool_choice"],
      [{ response_format: { type: "json_object" } }, null],
    ] as const;
    for (const [more, param] of refusals) {
      const error = await create(more).then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error.type).toBe("invalid_request_error");
      expect(error.param, JSON.stringify(more)).toBe(param);
    }
    await expect(create({ model: "gpt-9" })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(create({ model: "/etc/passwd" })).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(create({ messages: [{ role: "user", content: "x".repeat(40) }] })).rejects.toMatchObject({
      status: 400,
      code: "context_length_exceeded",
    });
    expect(served.host.opened.every((address) => address === "run:scripted")).toBe(true);
    expect(served.errors).toEqual([]);
  });

  it("drops what the window does not hold, and says how many messages", async () => {
    const client = await start({ contextWindow: 40 });
    const long = [
      { role: "system", content: "be" },
      { role: "user", content: "0123456789" },
      { role: "assistant", content: "abcdefghij" },
      { role: "user", content: "newest" },
    ] as const;
    const ask = (more: object) =>
      client.chat.completions.create({ model: "scripted", messages: [...long], ...more }).withResponse();
    const { response } = await ask({ max_tokens: 4000 });
    expect(response.headers.get("x-parrotlet-dropped-messages")).toBe("2");
    expect(served.backend.asked[0]?.messages.map(({ text }) => text)).toEqual(["be", "newest"]);
    expect(served.backend.asked[0]?.config.maxNewTokens).toBe(40 - 11);
    await expect(ask({ truncation: "disabled", max_tokens: 20 })).rejects.toMatchObject({
      code: "context_length_exceeded",
    });
    await ask({});
    expect(served.backend.asked[1]?.config.maxNewTokens).toBe(20);
  });

  it("has what the server's owner finds usual where it says nothing itself", async () => {
    const client = await start({ contextWindow: 40 }, { defaults: { maxNewTokens: 7, seed: 5, topK: 3 } });
    const text = { model: "scripted", prompt: "a" };
    await client.chat.completions.create({ model: "scripted", messages: [...messages] });
    await client.completions.create(text);
    await client.completions.create({ ...text, max_tokens: 9, seed: 6 });
    const configs = served.backend.asked.map(({ config }) => [config.maxNewTokens, config.seed, config.topK]);
    expect(configs).toEqual([
      [7, 5, 3],
      [7, 5, 3],
      [9, 6, 3],
    ]);
  });

  it("follows a last message of the assistant with another, unless it is told to go on with it", async () => {
    const client = await start();
    const talk = [...messages, { role: "assistant", content: "hel" }] as OpenAI.ChatCompletionMessageParam[];
    await client.chat.completions.create({ model: "scripted", messages: talk });
    expect(served.backend.asked[0]?.messages.at(-1)).toEqual({ role: "assistant", text: "" });
    const more = { continue_final_message: true };
    await client.chat.completions.create({ model: "scripted", messages: talk, ...more });
    expect(served.backend.asked[1]?.messages.at(-1)).toEqual({ role: "assistant", text: "hel" });
  });

  it("is told of an error in the middle of a stream", async () => {
    const client = await start(
      { delay: 2, contextWindow: 400, answer: () => "x".repeat(150) },
      { limits: { requestSeconds: 0.1 } },
    );
    const stream = await client.chat.completions.create({
      model: "scripted",
      messages: [...messages],
      stream: true,
    });
    const read = async (): Promise<void> => {
      for await (const _ of stream);
    };
    await expect(read()).rejects.toMatchObject({ code: "timeout" });
    await until(() => served.lines.length === 1);
    expect(served.lines[0]?.status).toBe(408);
    await until(() => served.backend.aborted === 1);
  });
});
