import { describe, expect, it } from "vitest";
import { bytesAsSource } from "../../base/index.ts";
import { decoded } from "./decode.ts";
import { type Encoding, encodingOf } from "./encoding.ts";
import { Problems } from "./problems.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const bytes = (...numbers: readonly number[]): Uint8Array => Uint8Array.from(numbers);
const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (each) => each.charCodeAt(0));

/** UTF-16, as Windows programs save it. */
function utf16(text: string, big = false): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), !big);
  return new Uint8Array(view.buffer);
}

/** Cyrillic letters in windows-1251 stand together, in the order of the alphabet. */
const cyrillic = (text: string): Uint8Array =>
  Uint8Array.from(text, (each) => (each >= "А" ? each.charCodeAt(0) - 0x350 : each.charCodeAt(0)));

async function decode(input: Uint8Array, pieceSize?: number, given?: string) {
  const problems = new Problems("f");
  let encoding = await encodingOf(input.subarray(0, 1 << 16), given);
  if (!encoding) return { text: undefined, label: undefined, problems: problems.list };
  let text = "";
  const settle = (now: Encoding): void => {
    encoding = now;
  };
  const first = encoding;
  for await (const chunk of decoded(bytesAsSource(input, "f"), first, problems, settle, pieceSize)) {
    expect(chunk.line).toBe(text.split("\n").length);
    text += chunk.text;
  }
  return { text, label: encoding.label, problems: problems.list };
}

const FABLE = "Ein Bär fuhr über die Brücke.\nDie Möwe schrie: „Schön!“ 🐻\r\nEnde";
const SAME = FABLE.replaceAll("\r\n", "\n");

describe("the encoding of a text", () => {
  it.each([
    ["UTF-8", utf8(FABLE), "utf-8"],
    ["UTF-8 with a byte order mark", concat(bytes(0xef, 0xbb, 0xbf), utf8(FABLE)), "utf-8"],
    ["UTF-16 LE with a byte order mark", concat(bytes(0xff, 0xfe), utf16(FABLE)), "utf-16le"],
    ["UTF-16 BE with a byte order mark", concat(bytes(0xfe, 0xff), utf16(FABLE, true)), "utf-16be"],
    ["UTF-16 LE without one", utf16(FABLE), "utf-16le"],
    ["UTF-16 BE without one", utf16(FABLE, true), "utf-16be"],
  ])("is found: %s", async (_, input, label) => {
    for (const size of [undefined, 1, 2, 3, 7, 64]) {
      expect(await decode(input, size)).toEqual({ text: SAME, label, problems: [] });
    }
  });

  it("is told from the letters in legacy code pages", async () => {
    const german = "Der Bär fuhr über die Brücke und grüßte höflich die Mädchen. ".repeat(4);
    expect(await decode(latin1(german))).toMatchObject({ text: german, label: "windows-1252" });
    const russian = "Медведь шел по лесу и пел песню о том как хорошо жить на свете. ".repeat(4);
    expect(await decode(cyrillic(russian))).toMatchObject({ text: russian, label: "windows-1251" });
  });

  it("has the signs of windows-1252 that Node leaves out", async () => {
    const input = concat(
      latin1("Caf\xe9 cr\xe8me, "),
      bytes(0x93),
      latin1("s'il vous pla\xeet"),
      bytes(0x94, 0x80),
    );
    expect((await decode(input)).text).toBe("Café crème, “s'il vous plaît”€");
  });

  it("stays open while all is ASCII, and is decided by the first other bytes", async () => {
    const ascii = "The bear crossed the bridge.\n".repeat(10);
    const german = "Der Bär fuhr über die Brücke und grüßte höflich.\n".repeat(4);
    const input = latin1(ascii + german);
    const first = await encodingOf(latin1(ascii));
    expect(first).toEqual({ label: "utf-8", mark: 0, open: true });
    const problems = new Problems("f");
    let [text, label] = ["", ""];
    const settle = (now: Encoding): void => {
      label = now.label;
    };
    if (!first) throw new Error("no text");
    for await (const chunk of decoded(bytesAsSource(input, "f"), first, problems, settle, 100))
      text += chunk.text;
    expect({ text, label, problems: problems.list }).toEqual({
      text: ascii + german,
      label: "windows-1252",
      problems: [],
    });
  });

  it("names the lines that are of another one", async () => {
    const input = concat(utf8("schön\nwärmer\n"), latin1("k\xe4lter\n"), utf8("grün 🌿\nblau\n"));
    const { text, label, problems } = await decode(input);
    expect([text?.split("\n").length, label]).toEqual([6, "utf-8"]);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatchObject({ file: "f", line: 3 });
    expect(problems[0]?.message).toMatch(/not utf-8 text, after "k".*--encoding/);
  });

  it("says where a text ends within a character, and keeps the rest", async () => {
    const whole = utf8("one\ntwo 🐻");
    for (const lost of [1, 2, 3]) {
      const { text, problems } = await decode(whole.subarray(0, whole.length - lost), 5);
      expect(text).toBe("one\ntwo ");
      expect(problems).toMatchObject([{ line: 2, message: expect.stringContaining("cut short") }]);
    }
    const { problems } = await decode(utf16("one\ntwo").subarray(0, 13));
    expect(problems).toMatchObject([{ line: 2, message: expect.stringContaining("cut short") }]);
  });

  it("is the one that is given", async () => {
    const input = latin1("Der B\xe4r");
    expect(await decode(input, undefined, "latin2")).toMatchObject({ text: "Der Bär", label: "iso-8859-2" });
    await expect(decode(input, undefined, "klingon")).rejects.toMatchObject({ code: "data-encoding" });
  });

  it("is none where there is no text", async () => {
    const noise = Uint8Array.from({ length: 4000 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
    expect(await encodingOf(noise)).toBeUndefined();
    expect(await encodingOf(noise.map((byte) => byte || 1))).toBeUndefined();
    expect(await encodingOf(bytes(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13))).toBeUndefined();
    await expect(encodingOf(bytes(0xff, 0xfe, 0, 0, 65, 0, 0, 0))).rejects.toMatchObject({
      code: "data-encoding",
    });
  });
});
