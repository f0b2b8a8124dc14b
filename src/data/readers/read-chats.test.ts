import { describe, expect, it } from "vitest";
import { bytesAsSource } from "../../base/index.ts";
import type { Item } from "../item.ts";
import { openReading } from "./open-reading.ts";

async function read(name: string, text: string, me?: string) {
  const source = bytesAsSource(new TextEncoder().encode(text), name);
  const reading = await openReading(source, me === undefined ? {} : { me });
  const items: Item[] = [];
  for await (const item of reading.items()) items.push(item);
  return { format: reading.format, items };
}

describe("chats among the other formats", () => {
  it("are told from text, JSON and tables", async () => {
    const transcript = "Ann: Hi\nBob: Ho\nAnn: Well?\nBob: Well.\nAnn: Good.\nBob: Bye.\n";
    expect(await read("a.txt", transcript)).toMatchObject({
      format: "transcript",
      items: [{ kind: "conversation", file: "a.txt", line: 1 }],
    });
    const lines = ["Ann: Hi", "Bob: Ho", "Ann: Well?", "Bob: Well."].map(
      (line, i) => `[12.03.24, 10:1${i}:22] ${line}\n`,
    );
    expect(await read("a.txt", lines.join(""), "Bob")).toMatchObject({
      format: "whatsapp",
      items: [{ kind: "conversation" }],
    });
    await expect(read("a.txt", lines.join(""))).rejects.toMatchObject({ code: "speaker-unknown" });
    expect((await read("a.csv", `talk\n"${transcript}"\n`)).format).toBe("csv");
    expect((await read("a.txt", "Once: a word.\nThen nothing more of that kind.\nAnd so on.\n")).format).toBe(
      "text",
    );
  });
});
