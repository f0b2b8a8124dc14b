import { describe, expect, it } from "vitest";
import { CharacterTokenizer, renderPrompt, type TemplateMessage } from "../text/index.ts";
import { fitMessages } from "./fit-messages.ts";

const tokenizer = CharacterTokenizer.fit(["abcdefghijklmnop"], { special: "chat" });
const say = (role: TemplateMessage["role"], text: string): TemplateMessage => ({ role, text });
const talk = [
  say("system", "abc"),
  say("user", "de"),
  say("assistant", "fgh"),
  say("user", "i"),
  say("assistant", "jk"),
  say("user", "lm"),
];
const textsFor = (capacity: number, messages = talk): string[] =>
  fitMessages(tokenizer, messages, { capacity, reply: 4 }).map(({ text }) => text);
const tokens = renderPrompt(tokenizer, talk).length;

describe("fitMessages", () => {
  it("keeps everything that leaves room for a reply", () => {
    expect(textsFor(tokens + 4)).toEqual(["abc", "de", "fgh", "i", "jk", "lm"]);
  });

  it("leaves out the oldest exchanges, whole, and keeps what the system says", () => {
    expect(textsFor(tokens + 3)).toEqual(["abc", "i", "jk", "lm"]);
    expect(textsFor(tokens - 5)).toEqual(["abc", "lm"]);
  });

  it("keeps the last message whatever its length", () => {
    expect(textsFor(5)).toEqual(["abc", "lm"]);
    expect(textsFor(5, [say("user", "abcdefgh")])).toEqual(["abcdefgh"]);
  });

  it("leaves nothing out that it need not", () => {
    for (let capacity = 5; capacity < tokens + 10; capacity++) {
      const kept = fitMessages(tokenizer, talk, { capacity, reply: 4 });
      const more = [talk[0], ...talk.slice(talk.length - kept.length - 1)] as TemplateMessage[];
      const fits = (messages: readonly TemplateMessage[]): boolean =>
        renderPrompt(tokenizer, messages).length <= capacity - 4;
      expect(fits(kept) || kept.length === 2).toBe(true);
      if (kept.length < talk.length) expect(fits(more)).toBe(false);
    }
  });
});
