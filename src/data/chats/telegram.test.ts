import { describe, expect, it } from "vitest";
import { describeChatFormat, readChat } from "./chat-format.contract.ts";
import { telegram } from "./telegram.ts";

const message = (from: string, text: unknown, time: number, more: object = {}): object => ({
  id: time,
  type: "message",
  date: "2024-03-01T10:00:00",
  date_unixtime: String(1_709_290_800 + time),
  from,
  from_id: `user${from.length}${from.charCodeAt(0)}`,
  text,
  ...more,
});

const telegramChat = {
  name: "Ines",
  type: "personal_chat",
  id: 77,
  messages: [
    { id: 1, type: "service", date: "2024-03-01T09:00:00", actor: "Ines", action: "phone_call", text: "" },
    message("Ines", "Is the kite finished?", 0),
    message("Tomas", ["Look at ", { type: "link", text: "https://kites.example" }, " first"], 60),
    message("Tomas", "it has a tail now", 90, { reply_to_message_id: 2 }),
    message("Ines", "", 120, { media_type: "sticker", sticker_emoji: "😀" }),
    message("Ines", 'He said "up" and {it} flew \\o/', 200, { forwarded_from: "Kite Club" }),
    message("Tomas", "Not my words", 220, { forwarded_from: "Kite Club" }),
    message("Tomas", "Wow 👋", 230),
    message("Ines", "Good morning", 40_000),
    message("Tomas", "Morning!", 40_010),
    message("Ines", "Bye", 40_020),
  ],
};
const telegramSaid = [
  [
    "u Is the kite finished?",
    "a Look at https://kites.example first\nit has a tail now",
    'u He said "up" and {it} flew \\o/',
    "a Wow 👋",
  ],
  ["u Good morning", "a Morning!"],
];

describeChatFormat(telegram, JSON.stringify(telegramChat, null, 1), { me: "Tomas" }, "W");

describe("Telegram", () => {
  it("reads one chat, however the text is cut into pieces", async () => {
    for (const text of [JSON.stringify(telegramChat), JSON.stringify(telegramChat, null, 1)]) {
      for (const length of [1, 7, 1000]) {
        const { said, problems } = await readChat(telegram, text, { me: "Tomas" }, length);
        expect(said).toEqual(telegramSaid);
        expect(problems.map(({ message }) => message)).toEqual([
          "left out 1 line of the chat program itself, 1 message without text, 1 message that the assistant only forwarded, 1 message without an answer; this is where the first stands. Nothing has to be done.",
        ]);
      }
    }
  });

  it("says on which line a conversation begins", async () => {
    const text = JSON.stringify(telegramChat, null, 1);
    const { conversations } = await readChat(telegram, text, { me: "Tomas" });
    const lineOf = (part: string): number => text.slice(0, text.indexOf(part)).split("\n").length;
    const lines = text.split("\n");
    for (const [index, part] of ["Is the kite", "Good morning"].entries()) {
      const line = conversations[index]?.line ?? 0;
      expect(lines[line - 1]).toBe("  {");
      expect(lines.slice(line, lineOf(part)).join("")).not.toContain("{");
    }
  });

  it("reads all chats of an account, none into another", async () => {
    const text = JSON.stringify({
      about: "Here is your data.",
      personal_information: { user_id: 1, first_name: "Tomas", messages: "none" },
      chats: { about: "", list: [telegramChat, { type: "saved_messages", messages: [] }, telegramChat] },
    });
    expect(telegram.recognises(text, "result.json")).toBeGreaterThan(0.7);
    const { said } = await readChat(telegram, text, { me: "tomas" });
    expect(said).toEqual([...telegramSaid, ...telegramSaid]);
  });

  it("takes a silence for the end of a conversation", async () => {
    const text = JSON.stringify(telegramChat);
    const { said } = await readChat(telegram, text, { me: "Tomas", gapHours: 24 });
    expect(said).toHaveLength(1);
    for (const gapHours of [0, -1, Number.NaN]) {
      await expect(readChat(telegram, text, { me: "Tomas", gapHours })).rejects.toMatchObject({
        code: "bad-gap",
      });
    }
  });

  it("uses what stands before the end of a cut file", async () => {
    const text = JSON.stringify(telegramChat, null, 1);
    const { said, problems } = await readChat(telegram, text.slice(0, text.indexOf("Morning!")), {
      me: "Tomas",
    });
    expect(said).toEqual(telegramSaid.slice(0, 1));
    expect(problems[0]?.message).toMatch(/ends in the middle.*Export the chat from Telegram Desktop/);
    expect(problems[0]?.line).toBeGreaterThan(50);
  });

  it("skips a message that is not JSON, and one that could not be decoded", async () => {
    const text = JSON.stringify(telegramChat, null, 1)
      .replace('"text": "it has a tail now"', '"text": it has a tail now')
      .replace("Wow", "Wo\uFFFD");
    const { said, problems } = await readChat(telegram, text, { me: "Tomas" });
    expect(said[0]).toEqual(telegramSaid[0]?.slice(0, 1).concat("a Look at https://kites.example first"));
    expect(problems.map(({ message }) => message.slice(0, 40))).toEqual([
      expect.stringContaining("this message is not JSON"),
      expect.stringContaining("left out 1 line"),
      expect.stringContaining("left out a message with characters"),
    ]);
  });

  it("finds another file wrong, and says what is wanted", async () => {
    const deep = '{"messages":['.repeat(100_000);
    for (const text of ["", "{}", "[]", "<html>", '{"messages": ["hi"]}', '{"messages": {"a": {}}}', deep]) {
      const { said, problems } = await readChat(telegram, text, { me: "Tomas" });
      expect(said).toEqual([]);
      expect(problems[0]).toMatchObject({ file: "chat.file", line: 1 });
      expect(problems[0]?.message).toMatch(/result\.json/);
    }
  });
});
