import { describe, expect, it } from "vitest";
import { chatFormats } from "./chat-formats.ts";

describe("recognition", () => {
  const head = (value: object): string => JSON.stringify(value, null, 2);
  it.each([
    ["telegram", head({ name: "Ines", type: "personal_chat", id: 7, messages: [] }), "result.json"],
    ["discord", head({ guild: {}, channel: {}, exportedAt: "", messages: [] }), "beans.json"],
    ["whatsapp", "1/2/24, 10:00 - Ines: hi\n1/2/24, 10:01 - Tomas: hello\n", "chat.txt"],
    ["transcript", "Ines: hi\nTomas: hello\nInes: how are you?\nTomas: fine\n", "chat.txt"],
  ] as const)("tells %s from the others", (id, text, name) => {
    for (const each of chatFormats) {
      if (each.id === id) expect(each.recognises(text, name)).toBeGreaterThan(0.8);
      else expect(each.recognises(text, name)).toBe(0);
      expect(each.recognises("", name)).toBe(0);
    }
  });

  it.each([
    ["JSON", '{"messages": [{"role": "user", "content": "hi"}]}', "chat.json"],
    ["JSON lines", '{"question": "a", "answer": "b"}\n'.repeat(5), "data.jsonl"],
    ["a table", "name,text\nInes,hi\n", "chat.csv"],
    [
      "a book",
      "It was late. She said nothing.\nNote: the sea is salt.\n".repeat(2) + "The rain went on.\n".repeat(9),
      "b.txt",
    ],
    [
      "a play with names on lines of their own",
      "FIRST SAILOR:\nThe mast is gone.\n\nCOOK:\nSo is the soup.\n\n".repeat(9),
      "p.txt",
    ],
    ["settings", "name: x\nport: 80\nname: y\nport: 81\n", "settings.txt"],
    ["a list of records", "Name: Ines\nAge: 4\n\nName: Tomas\nAge: 5\n\nName: Mo\nAge: 6\n", "people.txt"],
    [
      "a log file",
      "2024-03-01 10:00:00 - INFO: started\n2024-03-01 10:00:01 - WARN: slow\n".repeat(9),
      "server.txt",
    ],
    ["YAML", "Ines: hi\nTomas: hello\nInes: how\nTomas: fine\n", "chat.yaml"],
    ["addresses", "https://a.example\nhttps://b.example\n".repeat(5), "urls.txt"],
  ])("takes %s for none of them", (_, text, name) => {
    for (const each of chatFormats) expect(each.recognises(text, name)).toBe(0);
  });
});
