import { describe, expect, it } from "vitest";
import type { Conversation, ReadProblem } from "../item.ts";
import type { ChatFormat, ChatReadOptions } from "./chat-format.ts";
import { chatFormats } from "./chat-formats.ts";

/** The text in pieces of some length, as a file is read. */
async function* pieces(text: string, length: number): AsyncGenerator<string, void> {
  for (let from = 0; from < text.length; from += length) yield text.slice(from, from + length);
}

const format = (id: ChatFormat["id"]): ChatFormat => {
  const found = chatFormats.find((each) => each.id === id);
  if (!found) throw new Error(id);
  return found;
};

interface Read {
  readonly conversations: Conversation[];
  readonly problems: ReadProblem[];
  /** `u` or `a` with the text of each message. */
  readonly said: string[][];
}

async function read(
  id: ChatFormat["id"],
  text: string,
  options: ChatReadOptions = {},
  length = 1 << 16,
): Promise<Read> {
  const conversations: Conversation[] = [];
  const problems: ReadProblem[] = [];
  const chat = format(id).read(pieces(text, length), "chat.file", options, (problem) =>
    problems.push(problem),
  );
  for await (const conversation of chat) conversations.push(conversation);
  const said = conversations.map(({ messages }) => messages.map(({ role, text }) => `${role[0]} ${text}`));
  return { conversations, problems, said };
}

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

const discordMessage = (name: string, content: string, minute: number, more: object = {}): object => ({
  id: String(minute),
  type: "Default",
  timestamp: new Date(Date.UTC(2024, 2, 1, 10, minute)).toISOString(),
  content,
  author: { id: `${name.length}00`, name, nickname: `${name.toUpperCase()}!`, isBot: false },
  attachments: [],
  ...more,
});

const discordChannel = {
  guild: { id: "1", name: "Allotment" },
  channel: { id: "2", type: "GuildTextChat", name: "beans" },
  dateRange: { after: null, before: null },
  exportedAt: "2024-03-02T00:00:00+00:00",
  messages: [
    discordMessage("mo", "joined the server.", 0, { type: "GuildMemberJoin" }),
    discordMessage("mo", "who has seeds?", 1),
    discordMessage("petra", "me", 2, { type: "Reply" }),
    discordMessage("fern", "", 3, { attachments: [{ id: "9", url: "https://x.example/a.png" }] }),
    discordMessage("fern", "how many?", 4),
    discordMessage("fern", "I need ten", 5),
    discordMessage("petra", "a jar full", 6),
    discordMessage("petra", "Pinned a message.", 7, { type: "ChannelPinnedMessage" }),
  ],
  messageCount: 8,
};

describe("Telegram", () => {
  it("reads one chat, however the text is cut into pieces", async () => {
    for (const text of [JSON.stringify(telegramChat), JSON.stringify(telegramChat, null, 1)]) {
      for (const length of [1, 7, 1000]) {
        const { said, problems } = await read("telegram", text, { me: "Tomas" }, length);
        expect(said).toEqual(telegramSaid);
        expect(problems.map(({ message }) => message)).toEqual([
          "left out 1 line of the chat program itself, 1 message without text, 1 message that the assistant only forwarded, 1 message without an answer; this is where the first stands. Nothing has to be done.",
        ]);
      }
    }
  });

  it("says on which line a conversation begins", async () => {
    const text = JSON.stringify(telegramChat, null, 1);
    const { conversations } = await read("telegram", text, { me: "Tomas" });
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
    expect(format("telegram").recognises(text, "result.json")).toBeGreaterThan(0.7);
    const { said } = await read("telegram", text, { me: "tomas" });
    expect(said).toEqual([...telegramSaid, ...telegramSaid]);
  });

  it("takes a silence for the end of a conversation", async () => {
    const text = JSON.stringify(telegramChat);
    const { said } = await read("telegram", text, { me: "Tomas", gapHours: 24 });
    expect(said).toHaveLength(1);
    for (const gapHours of [0, -1, Number.NaN]) {
      await expect(read("telegram", text, { me: "Tomas", gapHours })).rejects.toMatchObject({
        code: "bad-gap",
      });
    }
  });

  it("uses what stands before the end of a cut file", async () => {
    const text = JSON.stringify(telegramChat, null, 1);
    const { said, problems } = await read("telegram", text.slice(0, text.indexOf("Morning!")), {
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
    const { said, problems } = await read("telegram", text, { me: "Tomas" });
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
      const { said, problems } = await read("telegram", text, { me: "Tomas" });
      expect(said).toEqual([]);
      expect(problems[0]).toMatchObject({ file: "chat.file", line: 1 });
      expect(problems[0]?.message).toMatch(/result\.json/);
    }
  });
});

describe("Discord", () => {
  it("reads a channel, with names where more than two speak", async () => {
    const said = [["u MO!: who has seeds?", "a me", "u FERN!: how many?\nI need ten", "a a jar full"]];
    for (const me of ["petra", "PETRA!", "500"]) {
      const text = JSON.stringify(discordChannel, null, 2);
      expect((await read("discord", text, { me }, 100)).said).toEqual(said);
    }
  });

  it("says who speaks when it does not know who is meant", async () => {
    const text = JSON.stringify(discordChannel);
    await expect(read("discord", text)).rejects.toMatchObject({
      code: "speaker-unknown",
      message:
        'chat.file does not say whom the model shall learn to be. Say so with --me NAME. In it write "PETRA!" (2 messages), "FERN!" (2 messages), "MO!" (1 message).',
    });
    await expect(read("discord", text, { me: "Petro" })).rejects.toMatchObject({
      message: expect.stringContaining('Nobody in chat.file is called "Petro". Did you mean "petra"?'),
    });
  });
});

describe("recognition", () => {
  const head = (value: object): string => JSON.stringify(value, null, 2);
  it.each([
    ["telegram", head(telegramChat), "result.json"],
    ["discord", head(discordChannel), "beans.json"],
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
