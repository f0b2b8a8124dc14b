import { describe, expect, it } from "vitest";
import { ParrotletError } from "../../base/index.ts";
import type { Conversation, ReadProblem } from "../item.ts";
import type { ChatFormat, ChatReadOptions } from "./chat-format.ts";

/** The text in pieces of some length, as a file is read. */
async function* pieces(text: string, length: number): AsyncGenerator<string, void> {
  for (let from = 0; from < text.length; from += length) yield text.slice(from, from + length);
}

export interface ChatRead {
  readonly conversations: readonly Conversation[];
  readonly problems: readonly ReadProblem[];
  /** `u`, `a` or `s` with the text of each message. */
  readonly said: readonly (readonly string[])[];
}

export async function readChat(
  format: ChatFormat,
  text: string,
  options: ChatReadOptions = {},
  length: number = 1 << 16,
): Promise<ChatRead> {
  const conversations: Conversation[] = [];
  const problems: ReadProblem[] = [];
  const read = format.read(pieces(text, length), "chat.file", options, (problem) => problems.push(problem));
  for await (const conversation of read) conversations.push(conversation);
  const said = conversations.map(({ messages }) => messages.map(({ role, text }) => `${role[0]} ${text}`));
  return { conversations, problems, said };
}

/** What every `ChatFormat` promises. `sample` holds several conversations; `letter` stands in what was said. */
export function describeChatFormat(
  format: ChatFormat,
  sample: string,
  options: ChatReadOptions,
  letter: string,
): void {
  describe(`${format.id} as a ChatFormat`, () => {
    const lines = sample.split("\n").length;

    const check = ({ conversations, problems }: ChatRead): void => {
      for (const { kind, file, line, messages } of conversations) {
        expect([kind, file]).toEqual(["conversation", "chat.file"]);
        expect(line >= 1 && line <= lines).toBe(true);
        const roles = messages.map(({ role }) => role).filter((role) => role !== "system");
        expect(roles[0]).toBe("user");
        expect(roles.at(-1)).toBe("assistant");
        for (const [index, role] of roles.entries()) expect(role).not.toBe(roles[index - 1]);
        for (const { text } of messages) expect(text.trim()).not.toBe("");
      }
      for (const { file, line, message } of problems) {
        expect(file).toBe("chat.file");
        expect(line >= 1 && line <= lines).toBe(true);
        expect(message).toMatch(/^[a-z].*[.)]$/s);
      }
    };

    it("gives turns of both sides by turns, and places that exist", async () => {
      const read = await readChat(format, sample, options);
      expect(read.conversations.length).toBeGreaterThan(1);
      check(read);
    });

    it("reads the same from pieces of any length, and with line ends of any system", async () => {
      const whole = await readChat(format, sample, options);
      for (const length of [1, 2, 3, 13, 64]) {
        expect(await readChat(format, sample, options, length)).toEqual(whole);
      }
      expect(await readChat(format, sample.replaceAll("\n", "\r\n"), options, 5)).toEqual(whole);
      expect(await readChat(format, `\uFEFF${sample}`, options)).toEqual(whole);
    });

    it("makes the best of a file that is cut anywhere", async () => {
      const step = Math.ceil(sample.length / 199);
      for (let length = 0; length < sample.length; length += step) {
        try {
          check(await readChat(format, sample.slice(0, length), options));
        } catch (error) {
          // Somebody may not have spoken yet.
          expect(error).toBeInstanceOf(ParrotletError);
          expect(error).toHaveProperty("code", "speaker-unknown");
        }
      }
    });

    it("says that an empty file is empty, and what should be there", async () => {
      for (const empty of ["", "\n", " \n\n"]) {
        const { conversations, problems } = await readChat(format, empty, options);
        expect(conversations).toEqual([]);
        expect(problems).toHaveLength(1);
        expect(problems[0]?.message).toMatch(/Export|Begin each turn/);
      }
    });

    it("survives files of another kind", async () => {
      for (const other of [
        "%PDF-1.7\n\0\u0001",
        "a,b\n1,2\n",
        "{[",
        "It rained.\n".repeat(99),
        "\uFFFD".repeat(99),
      ]) {
        const { conversations, problems } = await readChat(format, other, options);
        expect(conversations).toEqual([]);
        expect(problems.length).toBeGreaterThan(0);
      }
    });

    it("leaves out messages that are not UTF-8, and says so once", async () => {
      const { said, problems } = await readChat(format, sample.replaceAll(letter, "\uFFFD"), options);
      expect(JSON.stringify(said)).not.toContain("\uFFFD");
      expect(problems.filter(({ message }) => message.includes("not UTF-8"))).toHaveLength(1);
    });

    it("refuses a gap that is none, and a name that nobody has", async () => {
      await expect(readChat(format, sample, { ...options, gapHours: 0 })).rejects.toMatchObject({
        code: "bad-gap",
      });
      await expect(readChat(format, sample, { ...options, me: "Zebulon" })).rejects.toMatchObject({
        code: "speaker-unknown",
        message: expect.stringMatching(
          /^Nobody in chat\.file is called "Zebulon".*--me NAME.*\(\d+ messages?\)/,
        ),
      });
    });
  });
}
