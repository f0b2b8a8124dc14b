import { describe, expect, it } from "vitest";
import { conversationOf } from "./conversation.ts";
import type { Message } from "./item.ts";

const place = { file: "f", line: 3 };

function made(...said: [Message["role"], string][]) {
  const problems: string[] = [];
  const messages = said.map(([role, text]) => ({ role, text }));
  const conversation = conversationOf(messages, place, (message) => problems.push(message));
  return { conversation, problems };
}

describe("conversationOf", () => {
  it("makes one message of what a side says in a row, and drops empty ones", () => {
    const { conversation, problems } = made(
      ["user", " Hi "],
      ["user", "there"],
      ["assistant", "\n"],
      ["assistant", "Ho"],
    );
    expect(conversation).toEqual({
      kind: "conversation",
      ...place,
      messages: [
        { role: "user", text: "Hi\nthere" },
        { role: "assistant", text: "Ho" },
      ],
    });
    expect(problems).toEqual([expect.stringMatching(/^an empty message is left out/)]);
  });

  it("has something that the assistant says", () => {
    const { conversation, problems } = made(["user", "Hi"], ["assistant", " "]);
    expect(conversation).toBeUndefined();
    expect(problems).toHaveLength(2);
    expect(problems[1]).toMatch(/assistant says nothing.*Add an answer/);
  });
});
