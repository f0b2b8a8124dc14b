import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readChat } from "./chat-format.contract.ts";
import { chatFormats } from "./chat-formats.ts";
import { transcript } from "./transcript.ts";

/** A folder with public data: `PARROTLET_TEST_DATA`. */
const folder = process.env["PARROTLET_TEST_DATA"] ?? "";
const personas = `${folder}/synthetic-persona-chat/Synthetic-Persona-Chat_valid.csv`;
const plays = `${folder}/tinyshakespeare/input.txt`;

describe.skipIf(folder === "" || !existsSync(personas))("the conversations of Synthetic-Persona-Chat", () => {
  const conversationsIn = (): string[] =>
    [...readFileSync(personas, "utf8").matchAll(/"(User 1: [^"]*)"/g)].map(([, text]) => text ?? "");

  it("are recognised, all but those of a line or two", () => {
    const conversations = conversationsIn();
    const recognised = conversations.filter((text) => transcript.recognises(text, "chat.txt") > 0.5);
    expect(recognised.length).toBeGreaterThan(0.99 * conversations.length);
  });

  it("are as many together as one by one", async () => {
    const conversations = conversationsIn();
    let count = 0;
    for (const text of conversations) count += (await readChat(transcript, text)).conversations.length;
    expect(count).toBeGreaterThanOrEqual(conversations.length);
    for (const between of ["\n\n", "\n---\n"]) {
      expect((await readChat(transcript, conversations.join(between))).conversations).toHaveLength(count);
    }
  });
});

describe.skipIf(folder === "" || !existsSync(plays))("tiny Shakespeare", () => {
  it("is text, and a transcript if one says so", async () => {
    const text = readFileSync(plays, "utf8");
    for (const { recognises } of chatFormats) expect(recognises(text.slice(0, 65_536), "input.txt")).toBe(0);
    const { conversations } = await readChat(transcript, text, { me: "Romeo" });
    expect(conversations.flatMap(({ messages }) => messages).length).toBeGreaterThan(100);
  });
});
