import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GenerationConfig, generationConfig } from "../generate/index.ts";
import type { ChatBackend, ChatMessage, ReplyEvent, ReplyOptions } from "./backend.ts";
import { PromptTooLongError } from "./errors.ts";

/** What a test knows of the model behind a backend. */
export interface ChatBackendFixture {
  /** What it is asked, or goes on with where it takes no messages. Its greedy reply has at least six tokens and characters. */
  readonly message: string;
  /** Most tokens of a reply here; prompt and reply fit the context window with them. @default 24 */
  readonly maxNewTokens?: number;
  /** Its greedy reply, where that is known. @default undefined */
  readonly reply?: string;
  /** At a high temperature another seed gives another reply. @default true */
  readonly varied?: boolean;
  /** A reply goes on where its beginning is given, with what it would have said anyway. @default true */
  readonly continues?: boolean;
  /** Several replies at once say what each says alone, to the letter. @default true */
  readonly steady?: boolean;
  /** Counts the tokens of its replies exactly; else only roughly. @default true */
  readonly exactUsage?: boolean;
  /** A schema that a reply of at most `schemaTokens` (default 80) can match. @default one string of at most 3 characters */
  readonly schema?: unknown;
  readonly schemaTokens?: number;
  /** Most events that may come after an abort and before the `end`. @default 4 */
  readonly eventsAfterAbort?: number;
  /** Milliseconds for each test. @default 20_000 */
  readonly timeout?: number;
}

/** A whole reply. */
interface Whole {
  readonly events: readonly ReplyEvent[];
  readonly text: string;
  readonly end: Extract<ReplyEvent, { type: "end" }>;
}

const SCHEMA = {
  type: "object",
  properties: { a: { type: "string", maxLength: 3 } },
  required: ["a"],
  additionalProperties: false,
};

async function gather(reply: AsyncIterable<ReplyEvent>): Promise<Whole> {
  const events: ReplyEvent[] = [];
  for await (const event of reply) events.push(event);
  const end = events.at(-1);
  if (end?.type !== "end") throw new Error(`a reply ended with ${end?.type ?? "nothing"}`);
  return { events, text: textOf(events), end };
}

const textOf = (events: readonly ReplyEvent[]): string =>
  events.map((event) => (event.type === "delta" ? event.text : "")).join("");

/** What every `ChatBackend` promises. Each implementation's test file calls this once for each kind of model. */
export function describeChatBackend(
  name: string,
  create: () => Promise<ChatBackend>,
  fixture: ChatBackendFixture,
): void {
  const { maxNewTokens = 24, exactUsage = true, timeout = 20_000, message } = fixture;

  describe(`${name} as a ChatBackend`, { timeout }, () => {
    let backend: ChatBackend;
    let greedy: Whole;
    const config = (options: Partial<GenerationConfig> = {}): GenerationConfig =>
      generationConfig({ maxNewTokens, ...options });
    /** A reply to messages, or what follows a text where the model takes no messages. */
    const ask = (
      options: Partial<GenerationConfig> = {},
      replyOptions?: ReplyOptions,
      text = message,
    ): AsyncGenerator<ReplyEvent, void> =>
      backend.abilities.chat
        ? backend.reply([{ role: "user", text }], config(options), replyOptions)
        : backend.complete(text, config(options), replyOptions);

    beforeAll(async () => {
      backend = await create();
      greedy = await gather(ask());
    }, timeout);
    afterAll(async () => {
      await backend?.close();
    });

    it("says what it is", () => {
      expect(backend.name).not.toBe("");
      expect(backend.address).toMatch(/^[a-z]+:./);
      expect(backend.contextWindow).toBeGreaterThan(maxNewTokens);
      expect(backend.abilities.chat || backend.abilities.complete).toBe(true);
    });

    it("gives deltas, and then one end", () => {
      const ends = greedy.events.filter(({ type }) => type === "end");
      expect(ends).toHaveLength(1);
      expect(greedy.events.at(-1)).toBe(ends[0]);
      expect([...greedy.text].length, "the fixture's reply").toBeGreaterThanOrEqual(6);
      if (fixture.reply !== undefined) expect(greedy.text).toBe(fixture.reply);
    });

    it("counts the tokens of prompt and reply", async () => {
      const { usage, timing, finish } = greedy.end;
      expect(usage.promptTokens).toBeGreaterThan(0);
      expect(usage.completionTokens).toBeGreaterThanOrEqual(exactUsage ? 6 : 1);
      expect(usage.completionTokens).toBeLessThanOrEqual(maxNewTokens);
      expect(["stop", "length"]).toContain(finish);
      if (finish === "length" && exactUsage) expect(usage.completionTokens).toBe(maxNewTokens);
      for (const time of Object.values(timing)) expect(time).toBeGreaterThanOrEqual(0);
      expect(timing.total).toBeGreaterThanOrEqual(timing.firstToken);
      if (exactUsage && backend.abilities.chat) {
        expect(usage.promptTokens).toBe(await backend.countTokens([{ role: "user", text: message }]));
        expect(await backend.countTextTokens(message)).toBeLessThanOrEqual(usage.promptTokens);
      }
      expect(await backend.countTextTokens(message + message)).toBeGreaterThan(
        await backend.countTextTokens(message.slice(0, 1)),
      );
    });

    it("ends at maxNewTokens", async () => {
      const short = await gather(ask({ maxNewTokens: 3 }));
      expect(short.end.finish).toBe("length");
      if (exactUsage) expect(short.end.usage.completionTokens).toBe(3);
      expect(short.text.length).toBeLessThan(greedy.text.length);
      // The last character may be cut; what is there of it then is not told, or told as U+FFFD.
      expect(greedy.text.startsWith(short.text.replace(/\uFFFD+$/, ""))).toBe(true);
    });

    it("says the same again when greedy", async () => {
      const again = await gather(ask());
      expect(again.text).toBe(greedy.text);
      expect(again.end.usage).toEqual(greedy.end.usage);
    });

    it("says the same again with the same seed, and something else with another", async () => {
      const seeded = async (seed: number) => (await gather(ask({ temperature: 3, seed }))).text;
      const first = await seeded(1);
      expect(await seeded(1)).toBe(first);
      if (fixture.varied === false) return;
      const others = [await seeded(2), await seeded(3), await seeded(4)];
      expect(others.some((text) => text !== first)).toBe(true);
    });

    it("cuts stop sequences exactly, wherever they begin and end", async () => {
      const { text } = greedy;
      for (const from of [1, Math.floor(text.length / 2), text.length - 3]) {
        for (const length of [1, 2, 3]) {
          const stop = text.slice(from, from + length);
          if (/[\p{Surrogate}\uFFFD]/u.test(stop) || stop.trim() !== stop) continue;
          const cut = await gather(ask({ stopSequences: ["never said\u2603", stop] }));
          expect(cut.text, `stops at ${JSON.stringify(stop)}`).toBe(text.slice(0, text.indexOf(stop)));
          expect(cut.end.finish).toBe("stop");
        }
      }
    });

    it("tells all where what could have begun a stop sequence did not", async () => {
      const almost = `${greedy.text.slice(-2)}\u2603`;
      expect((await gather(ask({ stopSequences: [almost] }))).text).toBe(greedy.text);
    });

    it("ends as aborted soon after the signal", async () => {
      const controller = new AbortController();
      const events: ReplyEvent[] = [];
      let after = 0;
      for await (const event of ask({}, { signal: controller.signal })) {
        events.push(event);
        if (controller.signal.aborted) after++;
        controller.abort();
      }
      const end = events.at(-1);
      if (end?.type !== "end") throw new Error("a reply ended without an end");
      // A reply that is whole before anyone takes its first delta ends as it ended.
      if (end.finish === "aborted") expect(greedy.text.startsWith(textOf(events))).toBe(true);
      else expect(textOf(events)).toBe(greedy.text);
      expect(after).toBeLessThanOrEqual(fixture.eventsAfterAbort ?? 4);
    });

    it("says nothing where the signal is aborted before", async () => {
      const nothing = await gather(ask({}, { signal: AbortSignal.abort() }));
      expect(nothing.end.finish).toBe("aborted");
      expect(nothing.text).toBe("");
    });

    it("is free again when a reply is left early", async () => {
      for (let time = 0; time < 3; time++) {
        const left = ask();
        await left.next();
        await left.return();
        expect((await left.next()).done).toBe(true);
      }
      expect((await gather(ask())).text).toBe(greedy.text);
    });

    it("makes several replies at once as it makes them alone", async () => {
      const texts = [message, `${message} ${message}`, message.slice(0, 3), message];
      const alone = [];
      for (const text of texts) alone.push(await gather(ask({}, undefined, text)));
      const together = await Promise.all(texts.map((text) => gather(ask({}, undefined, text))));
      for (const [index, whole] of together.entries()) {
        expect(whole.end.usage.promptTokens).toBe(alone[index]?.end.usage.promptTokens);
        if (fixture.steady !== false) expect(whole.text).toBe(alone[index]?.text);
      }
    });

    it("refuses a prompt that is too long with maxNewTokens", async () => {
      const tooMany = Math.min(1_000_000, backend.contextWindow);
      const refused: unknown = await gather(ask({ maxNewTokens: tooMany })).catch((error) => error);
      expect(refused).toMatchObject({ code: "prompt-too-long" });
      if (!(refused instanceof PromptTooLongError)) return;
      expect(refused.promptTokens).toBe(greedy.end.usage.promptTokens);
      expect(refused.maxNewTokens).toBe(tooMany);
      expect(refused.contextWindow).toBe(backend.contextWindow);
      expect((await gather(ask())).text, "the reply after a refusal").toBe(greedy.text);
    });

    it("tells log-probabilities, or that it cannot", async () => {
      const asked = gather(ask({}, { logprobs: 2 }));
      if (!backend.abilities.logprobs) return await expect(asked).rejects.toMatchObject({ code: "unable" });
      const whole = await asked;
      expect(whole.text).toBe(greedy.text);
      const tokens = whole.events.flatMap((event) => (event.type === "delta" ? (event.tokens ?? []) : []));
      if (exactUsage) expect(tokens.length).toBeLessThanOrEqual(whole.end.usage.completionTokens);
      for (const { logprob, bytes, alternatives } of tokens) {
        expect(logprob).toBeLessThanOrEqual(0);
        expect(alternatives).toHaveLength(2);
        const [first, second] = alternatives;
        expect(first?.logprob).toBeGreaterThanOrEqual(second?.logprob ?? Number.NaN);
        expect(first?.logprob).toBeCloseTo(logprob, 4);
        expect(alternatives.some((other) => other.bytes.join() === bytes.join())).toBe(true);
      }
      const bytes = Uint8Array.from(tokens.flatMap((token) => [...token.bytes]));
      const text = new TextDecoder().decode(bytes).replace(/\uFFFD+$/, "");
      expect(text.startsWith(whole.text.replace(/\uFFFD+$/, ""))).toBe(true);
      // Where no stop cuts it, the text is what the tokens say; white space around it may be trimmed.
      expect(text.trim()).toBe(whole.text.replace(/\uFFFD+$/, "").trim());
      const none = await gather(ask());
      expect(none.events.some((event) => event.type === "delta" && event.tokens)).toBe(false);
    });

    it("keeps to a format, or tells that it cannot", async () => {
      const { schema = SCHEMA, schemaTokens = 80 } = fixture;
      const format = { type: "json-schema", schema } as const;
      const room = backend.contextWindow - greedy.end.usage.promptTokens;
      const asked = gather(ask({ format, maxNewTokens: Math.min(schemaTokens, room) }));
      if (!backend.abilities.formats.includes("json-schema"))
        return await expect(asked).rejects.toMatchObject({ code: "unable" });
      const { text, end } = await asked;
      expect(end.finish).toBe("stop");
      const value: unknown = JSON.parse(text);
      if (fixture.schema === undefined) expect(value).toEqual({ a: expect.any(String) });
    });

    it("ends a text of a format within maxNewTokens, where it would rather go on", async () => {
      if (!backend.abilities.formats.includes("regex") || backend.kind === "openai") return;
      const format = { type: "regex", pattern: "(?:[a-z]|[a-z] )*[a-z]\\." } as const;
      const { text, end } = await gather(ask({ format, maxNewTokens: 12 }));
      expect(end.finish).toBe("stop");
      expect(text).toMatch(/^[a-z ]+\.$/);
      expect(end.usage.completionTokens).toBeLessThanOrEqual(12);
    });

    it("embeds texts, or tells that it cannot", async () => {
      const texts = [message, message.slice(0, 4), message];
      const asked = backend.embed(texts);
      if (!backend.abilities.embeddings) return await expect(asked).rejects.toMatchObject({ code: "unable" });
      const vectors = await asked;
      expect(vectors).toHaveLength(3);
      for (const vector of vectors) {
        expect(vector.length).toBe(vectors[0]?.length);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
      }
      expect(vectors[2]).toEqual(vectors[0]);
      expect(vectors[1]).not.toEqual(vectors[0]);
      expect(await backend.embed([])).toEqual([]);
    });

    it("goes on with a reply that has begun", async () => {
      if (fixture.continues === false || !backend.abilities.chat) return;
      const begun = greedy.text.slice(0, Math.ceil(greedy.text.length / 2));
      const messages: ChatMessage[] = [
        { role: "user", text: message },
        { role: "assistant", text: begun },
      ];
      const { text } = await gather(backend.reply(messages, config()));
      const rest = greedy.text.slice(begun.length);
      // It may have room for more than the whole reply had.
      if (greedy.end.finish === "stop") expect(text).toBe(rest);
      else expect(text.startsWith(rest)).toBe(true);
    });

    it("goes on with a text, or tells that it cannot", async () => {
      const asked = gather(backend.complete(message, config()));
      if (!backend.abilities.complete) return await expect(asked).rejects.toMatchObject({ code: "unable" });
      const whole = await asked;
      expect(whole.end.usage.promptTokens).toBeGreaterThan(0);
      expect((await gather(backend.complete(message, config()))).text).toBe(whole.text);
    });

    it("refuses messages where it takes none", async () => {
      if (backend.abilities.chat) return;
      const asked = gather(backend.reply([{ role: "user", text: message }], config()));
      await expect(asked).rejects.toMatchObject({ code: "no-chat-template" });
    });

    it("ends replies in progress when it is closed", async () => {
      const closing = backend;
      const reply = ask();
      const first = await reply.next();
      await closing.close();
      const rest: ReplyEvent[] = first.done ? [] : [first.value];
      for await (const event of reply) rest.push(event);
      const end = rest.at(-1);
      expect(end?.type).toBe("end");
      expect(greedy.text.startsWith(textOf(rest))).toBe(true);
      backend = await create();
      expect((await gather(ask())).text, "opened again").toBe(greedy.text);
    });
  });
}
