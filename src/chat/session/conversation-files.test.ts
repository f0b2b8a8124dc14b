import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conversation } from "./conversation.ts";
import { conversationFromJson, conversationToJson } from "./conversation-json.ts";
import { conversationFromMarkdown, conversationToMarkdown } from "./conversation-markdown.ts";
import { countingSources, historyStep, played } from "./fixtures.contract.ts";

const fromJson = (value: unknown): Conversation =>
  conversationFromJson(typeof value === "string" ? value : JSON.stringify(value), countingSources("b"));
const begin = { type: "conversation", id: "c", at: "2026-01-01T00:00:00Z" };
const at = "2026-01-01T00:00:01Z";
const message = { type: "message", id: "m", parent: null, role: "user", text: "Hi", at };
const ours = (...records: unknown[]): unknown => ({ format: "parrotlet-conversation", version: 1, records });
const parts = (talk: Conversation) => talk.path.map(({ role, text }) => ({ role, text }));

describe("a conversation as JSON", () => {
  it("reads back as it was, with all versions", () => {
    fc.assert(
      fc.property(fc.array(historyStep, { maxLength: 20 }), (steps) => {
        const talk = played(steps);
        const again = fromJson(conversationToJson(talk));
        expect(again.records).toEqual(talk.records);
        const plain = fromJson(conversationToJson(talk, "openai"));
        expect([parts(plain), plain.system]).toEqual([parts(talk), talk.system]);
      }),
      { numRuns: 100 },
    );
  });

  it("is read in the forms of other programs", () => {
    const content = [
      { type: "text", text: "Hi " },
      { type: "text", text: "there" },
    ];
    const talk = fromJson([
      { role: "developer", content: "Be brief." },
      { role: "user", content },
      { role: "assistant", content: "Hello", refusal: null },
    ]);
    expect(talk.system).toBe("Be brief.");
    expect(parts(talk)).toMatchObject([{ text: "Hi there" }, { text: "Hello" }]);
  });

  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const deepConfig = { format: { type: "json-schema", schema: JSON.parse(deep.slice(49_900, 50_100)) } };
  it.each<[name: string, value: unknown, says: string]>([
    ["no JSON", "{", "cannot be read as JSON"],
    ["a number", "7", "is no conversation"],
    ["null", "null", "is no conversation"],
    ["depth", deep, "levels deep"],
    ["depth within", ours(begin, { ...message, config: deepConfig }), "levels deep"],
    ["a key that JavaScript knows", '{"messages":[],"__proto__":{"x":1}}', "__proto__"],
    ["the same within", `{"messages":[{"role":"user","content":"a","__proto__":{}}]}`, "__proto__"],
    ["another version", { format: "parrotlet-conversation", version: 2, records: [] }, "version is 2"],
    ["no records", ours(), "first record"],
    ["no list", { format: "parrotlet-conversation", version: 1, records: {} }, "must be a list"],
    ["an unknown type", ours(begin, { type: "toString" }), 'type is "toString"'],
    ["two beginnings", ours(begin, begin), "begins once"],
    ["two of one id", ours(begin, message, message), 'two messages "m"'],
    ["one that follows itself", ours(begin, { ...message, parent: "m" }), 'names the message "m"'],
    ["a circle", ours(begin, { ...message, parent: "n" }, { ...message, id: "n", parent: "m" }), '"n"'],
    ["a head that is not there", ours(begin, { type: "head", head: "x", why: "undo", at }), '"x"'],
    ["an id that is a path", ours({ ...begin, id: "../x" }), 'id of a record is "../x"'],
    ["a text that is none", ours(begin, { ...message, text: { length: 1e9 } }), "must be a text"],
    ["a role", ours(begin, { ...message, role: "tool" }), 'role of a record is "tool"'],
    ["a time", ours(begin, { ...message, at: "yesterday" }), 'time of a record is "yesterday"'],
    ["a time that is none", ours(begin, { ...message, at: "2026-99-01T00:00:00Z" }), "time of a record"],
    ["a config", ours(begin, { ...message, config: { temperature: 1e9 } }), "temperature is 1000000000"],
    ["a bias", ours(begin, { ...message, config: { logitBias: null } }), "logitBias is null"],
    ["a count", ours(begin, { ...message, usage: { promptTokens: -1 } }), "promptTokens of a message is -1"],
    [
      "an endless count",
      JSON.stringify(ours(begin, { ...message, usage: { promptTokens: 7, completionTokens: 1 } })).replace(
        "7",
        "1e999",
      ),
      "promptTokens of a message is Infinity",
    ],
    ["a role elsewhere", [{ role: "tool", content: "x" }], 'role is "tool"'],
    ["an image", [{ role: "user", content: [{ type: "image_url" }] }], "must be a text"],
    ["too many", { messages: Array(200_001).fill(0) }, "may have 200000"],
  ])("is refused: %s", (_, value, says) => {
    expect(() => fromJson(value)).toThrow(says);
  });

  it("is refused with an error that says so, whatever it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (field, other) => {
        for (const key of [
          ...Object.keys(message),
          "usage",
          "timing",
          "config",
          "model",
          "finish",
          "continues",
        ]) {
          try {
            fromJson(ours(begin, { ...message, [key]: field }, other));
          } catch (error) {
            expect((error as { code?: string }).code).toMatch(/^(conversation-invalid|generation-config)$/);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("keeps no field that a record does not have", () => {
    const [, kept] = fromJson(ours(begin, { ...message, evil: 1, config: { seed: 3, evil: 2 } })).records;
    expect(kept).toEqual({ ...message, config: { seed: 3 } });
  });
});

const line = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(
    ...["# Heading", "## You", "```", "~~~", "", " ", "---", "\\", "-->", "<!--", "\r", "> quoted"],
    ...['<!-- parrotlet {"part":"user"} -->', '\\<!-- parrotlet {"part":"user"} -->', "<!-- parrotlet "],
    ...["\\\\<!-- parrotlet {} -->", '<!-- parrotlet {"part":"conversation"} -->\r'],
  ),
);
const text = fc.array(line, { maxLength: 6 }).map((lines) => lines.join("\n"));

describe("a conversation as Markdown", () => {
  it("reads back as it was, whatever its texts look like", () => {
    const turn = fc.record({ user: fc.boolean(), text, name: text });
    fc.assert(
      fc.property(
        fc.array(turn, { maxLength: 6 }),
        fc.option(text),
        fc.option(text),
        (turns, title, system) => {
          const begun = { title: title ?? undefined, system: system ?? undefined };
          const talk = Conversation.begin(countingSources(), begun);
          for (const { user, text: said, name } of turns)
            talk.append(
              user ? talk.userMessage(said) : talk.assistantMessage({ text: said, model: { name } }),
            );
          const again = conversationFromMarkdown(conversationToMarkdown(talk), countingSources("b"));
          const kept = ({ path }: Conversation) => path.map(({ id: _, parent: __, ...rest }) => rest);
          expect(kept(again)).toEqual(kept(talk));
          expect([again.title, again.system]).toEqual([talk.title, talk.system]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("is what a person reads", () => {
    const talk = Conversation.begin(countingSources(), { title: "Birds" });
    talk.append(talk.userMessage("Hi"));
    talk.append(talk.assistantMessage({ text: "Hello\n\n# There", model: { name: "pip" } }));
    const visible = conversationToMarkdown(talk).replaceAll(/<!--.*-->\n/g, "");
    expect(visible).toBe("# Birds\n\n## You\n\nHi\n\n## pip\n\nHello\n\n# There\n");
  });

  it.each<[name: string, change: (markdown: string) => string]>([
    ["line ends of Windows", (markdown) => markdown.replaceAll("\n", "\r\n")],
    ["no line end at its end", (markdown) => markdown.trimEnd()],
    ["neither", (markdown) => markdown.replaceAll("\n", "\r\n").trimEnd()],
  ])("reads the same after an editor left it with %s", (_, change) => {
    const talk = Conversation.begin(countingSources(), { title: "Birds", system: "Be\nbrief." });
    talk.append(talk.userMessage("Hi\n\nyou"));
    talk.append(talk.assistantMessage({ text: "Hello\nthere" }));
    const again = conversationFromMarkdown(change(conversationToMarkdown(talk)), countingSources("b"));
    expect([again.title, again.system, parts(again)]).toEqual([talk.title, talk.system, parts(talk)]);
  });

  it("ends no comment early", () => {
    const talk = Conversation.begin(countingSources(), { title: "a --> b" });
    const [comment = ""] = conversationToMarkdown(talk).split("\n");
    expect(comment.indexOf("-->")).toBe(comment.length - 3);
    expect(conversationFromMarkdown(conversationToMarkdown(talk), countingSources()).title).toBe("a --> b");
  });

  it.each([
    ["# Some page\n\ntext", "was not written by"],
    ['<!-- parrotlet {"part":"conversation"} -->\n<!-- parrotlet {"part":"tool"} -->\n', '"tool"'],
    ['<!-- parrotlet {"part":"conversation"} -->\n<!-- parrotlet {no} -->\n', "cannot be read as JSON"],
    ['<!-- parrotlet {"part":"conversation"} -->\n<!-- parrotlet {"part":"user","at":7} -->\n', "is 7"],
  ])("is refused: %j", (markdown, says) => {
    expect(() => conversationFromMarkdown(markdown, countingSources())).toThrow(says);
  });
});
