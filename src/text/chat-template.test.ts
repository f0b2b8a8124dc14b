import { Template } from "@huggingface/jinja";
import { Tokenizer as Reference } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { ByteTokenizer } from "./byte-tokenizer.ts";
import { CharacterTokenizer } from "./character-tokenizer.ts";
import {
  jinjaTemplate,
  renderContinuation,
  renderConversation,
  renderPair,
  renderPrompt,
  type TemplateMessage,
} from "./chat-template.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { trainBpe } from "./train-bpe.ts";

const shownBy = (tokenizer: Tokenizer, ids: Iterable<number>): string =>
  Array.from(ids, (id) => tokenizer.show(id)).join(" ");

const TALK: readonly TemplateMessage[] = [
  { role: "user", text: "Hi" },
  { role: "assistant", text: "Ho" },
  { role: "user", text: "H" },
  { role: "assistant", text: "oh" },
];
const SYSTEM: TemplateMessage = { role: "system", text: "io" };

const pairs = CharacterTokenizer.fit(["Hio h"]);
const chat = CharacterTokenizer.fit(["Hio h"], { special: "chat" });
const text = CharacterTokenizer.fit(["Hio h"], { special: "text" });

describe("the template of single questions", () => {
  it("frames a question and its answer, and knows where the answer begins", () => {
    const { ids, answerFrom } = renderPair(pairs, "Hi", "o");
    expect(shownBy(pairs, ids)).toBe("<bos> H i <sep> o <eos>");
    expect(answerFrom).toBe(4);
    expect(renderPrompt(pairs, "Hi")).toEqual(ids.slice(0, 4));
  });

  it("takes several in turn, but no system message", () => {
    const { ids, learn } = renderConversation(pairs, TALK);
    expect(shownBy(pairs, ids)).toBe("<bos> H i <sep> H o <eos> <bos> H <sep> o h <eos>");
    expect(learn.join("")).toBe("0000111000111");
    expect(() => renderConversation(pairs, [SYSTEM, ...TALK])).toThrow(
      expect.objectContaining({ code: "no-chat-template", message: expect.stringContaining("system") }),
    );
  });
});

describe("the template of conversations", () => {
  it("frames turns, and knows which tokens are the model's", () => {
    const { ids, learn } = renderConversation(chat, [SYSTEM, ...TALK]);
    expect(shownBy(chat, ids)).toBe(
      "<bos> <system> i o <user> H i <assistant> H o <eos> <user> H <assistant> o h <eos>",
    );
    expect(learn.join("")).toBe("00000000111000111");
    expect(ids).toBeInstanceOf(Uint16Array);
  });

  it("ends a prompt where the model goes on", () => {
    expect(shownBy(chat, renderPrompt(chat, TALK.slice(0, 3)))).toBe(
      "<bos> <user> H i <assistant> H o <eos> <user> H <assistant>",
    );
    expect(shownBy(chat, renderPrompt(chat, "Hi"))).toBe("<bos> <user> H i <assistant>");
    expect(renderContinuation(chat, TALK.slice(0, 3))).toEqual(renderPrompt(chat, TALK.slice(0, 3)));
    expect(shownBy(chat, renderContinuation(chat, TALK))).toBe(
      "<bos> <user> H i <assistant> H o <eos> <user> H <assistant> o h",
    );
    expect(shownBy(pairs, renderContinuation(pairs, TALK.slice(0, 2)))).toBe("<bos> H i <sep> H o");
    expect(shownBy(chat, renderPair(chat, "Hi", "o").ids)).toBe("<bos> <user> H i <assistant> o <eos>");
    expect(renderPair(chat, "Hi", "o").answerFrom).toBe(5);
  });
});

describe("a model of texts", () => {
  it("goes on with a text, and has no template for messages", () => {
    expect(shownBy(text, renderPrompt(text, "Hi"))).toBe("<bos> H i");
    expect(jinjaTemplate(text)).toBeUndefined();
    const refused = expect.objectContaining({ code: "no-chat-template" });
    expect(() => renderPrompt(text, TALK)).toThrow(refused);
    expect(() => renderConversation(text, TALK)).toThrow(refused);
  });
});

describe("the template in Jinja, with the tokenizer of another program", async () => {
  const bpe = await trainBpe(["Hi Hi Ho oh"], { vocabulary: 270, special: "chat" });
  it.each<[name: string, tokenizer: Tokenizer, system: readonly TemplateMessage[]]>([
    ["pairs of characters", pairs, []],
    ["conversations of characters", chat, [SYSTEM]],
    ["conversations of bytes", new ByteTokenizer("chat"), [SYSTEM]],
    ["conversations of merged bytes", bpe, [SYSTEM]],
  ])("gives the same ids for %s", (_, tokenizer, system) => {
    const reference = new Reference(tokenizer.toJson(), {});
    const template = new Template(jinjaTemplate(tokenizer) ?? "");
    const idsElsewhere = (messages: readonly TemplateMessage[], prompt: boolean): number[] =>
      reference.encode(
        template.render({
          messages: messages.map(({ role, text }) => ({ role, content: text })),
          add_generation_prompt: prompt,
        }),
      ).ids;
    const messages = [...system, ...TALK];
    expect(idsElsewhere(messages, false)).toEqual(Array.from(renderConversation(tokenizer, messages).ids));
    const question = messages.slice(0, -1);
    expect(idsElsewhere(question, true)).toEqual(renderPrompt(tokenizer, question));
  });
});
