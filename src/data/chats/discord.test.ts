import { describe, expect, it } from "vitest";
import { describeChatFormat, readChat } from "./chat-format.contract.ts";
import { discord } from "./discord.ts";

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
    discordMessage("mo", "did they grow?", 900),
    discordMessage("petra", "like weeds", 901),
  ],
  messageCount: 8,
};

describeChatFormat(discord, JSON.stringify(discordChannel, null, 1), { me: "petra" }, "w");

describe("Discord", () => {
  it("reads a channel, with names where more than two speak", async () => {
    const said = [
      ["u MO!: who has seeds?", "a me", "u FERN!: how many?\nI need ten", "a a jar full"],
      ["u MO!: did they grow?", "a like weeds"],
    ];
    for (const me of ["petra", "PETRA!", "500"]) {
      const text = JSON.stringify(discordChannel, null, 2);
      expect((await readChat(discord, text, { me }, 100)).said).toEqual(said);
    }
  });

  it("turns round what begins with the newest message", async () => {
    const newest = { ...discordChannel, messages: [...discordChannel.messages].reverse() };
    const { said } = await readChat(discord, JSON.stringify(newest), { me: "petra" });
    expect(said).toEqual((await readChat(discord, JSON.stringify(discordChannel), { me: "petra" })).said);
  });

  it("says who speaks when it does not know who is meant", async () => {
    const text = JSON.stringify(discordChannel);
    await expect(readChat(discord, text)).rejects.toMatchObject({
      code: "speaker-unknown",
      message:
        'chat.file does not say whom the model shall learn to be. Say so with --me NAME. In it write "PETRA!" (3 messages), "MO!" (2 messages), "FERN!" (2 messages).',
    });
    await expect(readChat(discord, text, { me: "Petro" })).rejects.toMatchObject({
      message: expect.stringContaining('Nobody in chat.file is called "Petro". Did you mean "petra"?'),
    });
  });
});
