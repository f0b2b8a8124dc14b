import { describe, expect, it } from "vitest";
import { ChatLog } from "./chat-log.ts";
import { linesOf } from "./lines.ts";
import { Room } from "./room.ts";

describe("a file that is too large", () => {
  it("is refused by its text, by the number of its messages, or of its speakers", () => {
    const tooLarge = expect.objectContaining({
      code: "chat-too-large",
      message: expect.stringMatching(
        /^chat\.txt holds more than 1 million characters.*Export a shorter time/,
      ),
    }) as Error;
    const room = new Room("chat.txt", 2 ** 20);
    room.take(2 ** 20 - 64);
    expect(() => room.take(0)).toThrow(tooLarge);
    const log = new ChatLog("chat.txt", new Room("chat.txt", 2 ** 20));
    expect(() => {
      for (let i = 0; i < 2 ** 15; i++) log.add({ speaker: 0, text: "x", line: i, time: 0, chat: 0 });
    }).toThrow(tooLarge);
    const crowd = new ChatLog("chat.txt", new Room("chat.txt", 2 ** 20));
    expect(() => {
      for (let i = 0; i < 2 ** 15; i++) crowd.speaker(String(i));
    }).toThrow(tooLarge);
  });

  it("is refused by a line without end", async () => {
    async function* endless(): AsyncGenerator<string, void> {
      yield "first\n";
      for (;;) yield "x".repeat(1 << 20);
    }
    const lines = linesOf(endless(), "chat.txt");
    expect((await lines.next()).value).toEqual({ text: "first", number: 1, ended: true });
    await expect(lines.next()).rejects.toMatchObject({
      code: "chat-too-large",
      message: expect.stringMatching(/^chat\.txt, line 2: a line of more than 16 million/),
    });
  });
});
