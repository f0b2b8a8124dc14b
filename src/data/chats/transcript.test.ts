import { describe, expect, it } from "vitest";
import { describeChatFormat, readChat } from "./chat-format.contract.ts";
import { transcript } from "./transcript.ts";

const plain = `User 1: Do you have a boat?
User 2: I have half of one.
The other half sank.
User 1: Which half?
User 2: The wet one.

User 1: Good evening.
User 2: Is it?

User 1: Hello?
`;
const plainSaid = [
  ["u Do you have a boat?", "a I have half of one.\nThe other half sank.", "u Which half?", "a The wet one."],
  ["u Good evening.", "a Is it?"],
];

const sayings = async (text: string, me?: string): Promise<readonly (readonly string[])[]> =>
  (await readChat(transcript, text, me === undefined ? {} : { me })).said;

describeChatFormat(transcript, plain, {}, "v");

describe("a transcript", () => {
  it("has the second speaker for the assistant, an empty line between conversations", async () => {
    const { said, conversations, problems } = await readChat(transcript, plain);
    expect(said).toEqual(plainSaid);
    expect(conversations.map(({ line }) => line)).toEqual([1, 7]);
    expect(problems).toMatchObject([
      { line: 10, message: expect.stringMatching(/^left out 1 message without an/) },
    ]);
  });

  it("has whom one names for the assistant", async () => {
    expect(await sayings(plain, "USER 1")).toEqual([
      ["u I have half of one.\nThe other half sank.", "a Which half?"],
    ]);
    await expect(sayings(plain, "User 3")).rejects.toMatchObject({
      code: "speaker-unknown",
      message: expect.stringContaining('Did you mean "User 1"?'),
    });
  });

  it.each([
    ["bold names", plain.replace(/^(User \d):/gm, "**$1:**")],
    ["bold names before the colon", plain.replace(/^(User \d):/gm, "**$1**:")],
    ["times", plain.replace(/^User/gm, "[10:02 PM] User")],
    ["upper case", plain.replaceAll("User", "USER")],
    ["now and then another case", plain.replace("User 2", "USER 2")],
    ["wide colons", plain.replace(/^(User \d): /gm, "$1：")],
    ["lines as separators", plain.replaceAll("\n\n", "\n---\n")],
    ["lines with space around them", plain.replaceAll("\n\n", "\n\n* * *\n\n")],
    ["numbered headings", plain.replaceAll("\n\n", "\n\n## Conversation 3\n\n")],
    ["empty lines between all turns", plain.replaceAll("\n\n", "\n===\n").replace(/\nUser/g, "\n\nUser")],
  ])("may be written with %s", async (_, text) => {
    expect(await sayings(text)).toEqual(plainSaid);
  });

  it("may have names on lines of their own, as plays have them", async () => {
    const play =
      "FIRST SAILOR:\nThe mast is gone.\nSoup: too.\n\nCOOK:\nSo is the soup.\nAll of it.\n\n".repeat(2);
    expect(transcript.recognises(play, "play.txt")).toBe(0);
    const said = "u The mast is gone.\nSoup: too.,a So is the soup.\nAll of it.";
    expect((await sayings(play)).join()).toBe(`${said},${said}`);
  });

  it("keeps paragraphs and lines that only look like a turn", async () => {
    const text =
      "Ada: A list:\n\n- one: 1\n\nNote: two\nIn short: three\nBo: Thanks: very\nAda: http://a.example: x\nBo: 12:30";
    expect(await sayings(text)).toEqual([
      [
        "u A list:\n\n- one: 1\n\nNote: two\nIn short: three",
        "a Thanks: very",
        "u http://a.example: x",
        "a 12:30",
      ],
    ]);
  });

  it.each([
    ["Human", "Assistant"],
    ["User", "AI"],
    ["You", "Chatbot"],
    ["Me", "ChatGPT"],
    ["Q", "A"],
    ["Human", "Polly"],
  ])("knows that between %s and %s the latter is the assistant", async (human, assistant) => {
    const text = `${assistant}: Welcome!\n${human}: Hi\n${assistant}: Hello\n\n${human}: Bye\n${assistant}: Bye`;
    expect(await sayings(text)).toEqual([
      ["u Hi", "a Hello"],
      ["u Bye", "a Bye"],
    ]);
  });

  it("has no others where those are known", async () => {
    const text = "User: Tea or soup?\nAI: See.\nPros: hot\nUser: No.\nAI: Yes.\n\n".repeat(3);
    expect((await sayings(text))[2]).toEqual(["u Tea or soup?", "a See.\nPros: hot", "u No.", "a Yes."]);
  });

  it("has no speaker who comes hardly ever", async () => {
    const [first = []] = await sayings(`${"Ada: Hm\nBo: Mh\n".repeat(999)}Bo: On\nVerdict: tea\n`.repeat(2));
    expect(first.at(-1)).toBe("a Mh\nOn\nVerdict: tea");
  });

  it("keeps what the system says first", async () => {
    const text = "System: Be brief.\nUser: Hi\nAssistant: Hi.\nSystem: Longer!\nUser: Why?\nAssistant: So.";
    expect(await sayings(text)).toEqual([["s Be brief.", "u Hi", "a Hi.", "u Why?", "a So."]]);
  });

  it("names the others where they are more than one", async () => {
    const text =
      "Ada: Tea?\nBo: Please.\nCy: No.\nAda: Bo: sugar?\nCy: Salt?\nBo: Two.\n\nAda: Hm\nBo: Mh\nAda: Hm";
    expect(await sayings(text)).toEqual([
      ["u Ada: Tea?", "a Please.", "u Cy: No.\nAda: Bo: sugar?\nCy: Salt?", "a Two."],
      ["u Hm", "a Mh"],
    ]);
  });

  it("leaves out what stands before the first speaker", async () => {
    const { said, problems } = await readChat(transcript, `A talk by the sea\nin two parts\n\n${plain}`);
    expect(said).toEqual(plainSaid);
    expect(problems[0]).toMatchObject({
      line: 1,
      message: expect.stringContaining("2 lines before the first"),
    });
  });

  it("is not prose, and not one person's speech", async () => {
    for (const text of ["It rained.\nThen it stopped.", "Ada: one\nAda: two"]) {
      const { said, problems } = await readChat(transcript, text);
      expect(said).toEqual([]);
      expect(problems[0]?.message).toMatch(/Begin each turn on a line of its own/);
    }
  });
});
