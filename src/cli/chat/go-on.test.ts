import { describe, expect, it } from "vitest";
import type { ReplyEvent } from "../../chat/index.ts";
import { ScriptedBackend } from "../../chat/scripted-backend.contract.ts";
import { type GenerationConfig, generationConfig } from "../../generate/index.ts";
import { goOn } from "./go-on.ts";

interface Asked {
  readonly text: string;
  readonly config: GenerationConfig;
}

/** Counts on: a digit a token, after the last one that it sees. It never ends. */
class Counting extends ScriptedBackend {
  readonly texts: Asked[] = [];

  override async *complete(text: string, config: GenerationConfig): AsyncGenerator<ReplyEvent, void> {
    this.texts.push({ text, config });
    const { maxNewTokens } = config;
    for (let i = 1; i <= maxNewTokens; i++)
      yield { type: "delta", text: String((Number(text.at(-1)) + i) % 10) };
    const usage = { promptTokens: [...text].length, completionTokens: maxNewTokens };
    yield { type: "end", finish: "length", usage, timing: { queued: 0, firstToken: 1, total: 2 } };
  }
}

async function said(backend: ScriptedBackend, text: string, options: Partial<GenerationConfig>) {
  let all = "";
  const ends: ReplyEvent[] = [];
  for await (const event of goOn(backend, text, generationConfig(options))) {
    if (event.type === "delta") all += event.text;
    else ends.push(event);
  }
  return { all, ends };
}

describe("a text that is gone on with", () => {
  it("is one request where all fits", async () => {
    const backend = new ScriptedBackend({ contextWindow: 100 });
    const { all, ends } = await said(backend, "abc", { maxNewTokens: 8 });
    expect([all, backend.asked.length]).toEqual(["cba", 1]);
    expect(ends).toMatchObject([{ finish: "stop", usage: { promptTokens: 3, completionTokens: 3 } }]);
  });

  it("slides along: each request fits and sees the newest, and there is one end", async () => {
    const backend = new Counting({ contextWindow: 20 });
    const { all, ends } = await said(backend, "x".repeat(30) + 0, { maxNewTokens: 60 });
    expect(all).toBe("1234567890".repeat(6));
    expect(backend.texts.length).toBeGreaterThan(3);
    let text = `${"x".repeat(30)}0`;
    for (const { text: seen, config } of backend.texts) {
      expect(seen.length + config.maxNewTokens).toBeLessThanOrEqual(20);
      expect(seen.length).toBeGreaterThan(5);
      expect(text.endsWith(seen)).toBe(true);
      text += all.slice(text.length - 31, text.length - 31 + config.maxNewTokens);
    }
    expect(ends).toMatchObject([
      { finish: "length", usage: { completionTokens: 60 }, timing: { firstToken: 1 } },
    ]);
    expect(new Set(backend.texts.map(({ config }) => config.seed)).size).toBe(backend.texts.length);
  });

  it("cuts no character in half", async () => {
    const backend = new ScriptedBackend({ contextWindow: 20 });
    const { all } = await said(backend, "🦜".repeat(40), { maxNewTokens: 40 });
    expect(all).toMatch(/^(🦜)+$/u);
  });

  it("does not go on where it must match a format", async () => {
    const backend = new Counting({ contextWindow: 20 });
    await said(backend, "0", { maxNewTokens: 60, format: { type: "json" } });
    expect(backend.texts).toHaveLength(1);
  });
});
