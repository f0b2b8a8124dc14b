import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ParrotletError } from "../src/base/index.ts";
import { findTraining, type Inspection, inspectSource } from "../src/node/index.ts";
import {
  alpaca,
  type Content,
  CSV,
  CYRILLIC,
  DISCORD,
  jsonLines,
  messages,
  PARQUET,
  PNG,
  STORY,
  shareGpt,
  TELEGRAM,
  TRANSCRIPT,
  times,
  WHATSAPP,
  windows1251,
} from "./data-samples.ts";
import { temporaryFolder } from "./run-cli.ts";

let home: string;
beforeAll(() => {
  home = temporaryFolder();
});
afterAll(() => rmSync(home, { recursive: true }));

/** Writes a file, and inspects it. */
async function look(name: string, content: Content, options = {}): Promise<Inspection> {
  const file = join(home, name);
  writeFileSync(file, content);
  return inspectSource(file, { nearDuplicates: false, ...options });
}

/** What is read of files that are as they should be: [file, content, about, encoding, documents, conversations]. */
const GOOD: readonly (readonly [string, Content, RegExp, string | undefined, number, number])[] = [
  ["story.txt", STORY, /^text$/, "utf-8", 1, 0],
  ["notes.md", `# Notes\n\n${STORY}`, /^Markdown$/, "utf-8", 1, 0],
  ["openai.jsonl", jsonLines(messages), /^JSONL of OpenAI messages$/, "utf-8", 0, 12],
  ["sharegpt.jsonl", jsonLines(shareGpt), /ShareGPT/, "utf-8", 0, 12],
  ["alpaca.json", JSON.stringify(alpaca, null, 1), /^JSON of instructions$/, "utf-8", 0, 12],
  ["pairs.csv", CSV, /^CSV of questions and answers$/, "utf-8", 0, 20],
  ["semicolons.csv", CSV.replaceAll(",", ";"), /^CSV of questions/, "utf-8", 0, 20],
  ["tabs.tsv", CSV.replaceAll(",", "\t"), /^TSV of questions/, "utf-8", 0, 20],
  ["pairs.parquet", PARQUET, /^Parquet of questions/, undefined, 0, 2],
  ["chat.txt", WHATSAPP, /^WhatsApp/, "utf-8", 0, 1],
  ["result.json", TELEGRAM, /^Telegram/, "utf-8", 0, 1],
  ["discord.json", DISCORD, /^Discord/, "utf-8", 0, 1],
  ["transcript.txt", TRANSCRIPT, /^Transcripts/, "utf-8", 0, 1],
  ["talk.yml", "conversations:\n- - Hello\n  - Hi there\n", /^YAML of conversations$/, "utf-8", 0, 1],
  ["utf16.txt", Buffer.from(`\uFEFF${STORY}`, "utf16le"), /^text$/, "utf-16le", 1, 0],
  ["cyrillic.txt", windows1251(CYRILLIC), /^text$/, "windows-1251", 1, 0],
  // Names that say something else: the content counts.
  ["messages.csv", jsonLines(messages), /^JSONL of OpenAI/, "utf-8", 0, 12],
  ["lines.json", jsonLines(messages), /^JSONL of OpenAI/, "utf-8", 0, 12],
  ["list.jsonl", JSON.stringify(alpaca, null, 1), /^JSON of instructions$/, "utf-8", 0, 12],
  ["table.json", CSV, /^CSV of questions/, "utf-8", 0, 20],
  ["table.txt", CSV, /^CSV of questions/, "utf-8", 0, 20],
  ["parquet.txt", PARQUET, /^Parquet of/, undefined, 0, 2],
];

describe("files as they should be, whatever their names", () => {
  it.each(GOOD)("%s", async (name, content, about, encoding, documents, conversations) => {
    const found = await look(name, content);
    expect(found.about).toMatch(about);
    expect(found.files.first[0]?.encoding).toBe(encoding);
    expect(found.report.counts).toMatchObject({ documents, conversations });
  });
});

/** Files of which a part can be used: [file, content, items that are left, the line, what is said of it]. */
const DAMAGED: readonly (readonly [string, Content, number, number, RegExp])[] = [
  ["cut.jsonl", jsonLines(messages).slice(0, -40), 11, 12, /this is not JSON.*Correct it or remove it/],
  ["cut.json", JSON.stringify(alpaca, null, 1).slice(0, -20), 11, 57, /cut short\. Copy or fetch it again/],
  ["cut.csv", `${CSV}What is "x"?,"It is`, 20, 22, /a quote in this row is never closed/],
  ["cut-chat.json", TELEGRAM.slice(0, -80), 1, 1, /ends in the middle.*What stands before was read/],
  ["cut.txt", Buffer.from("Ein Grüßle für dich, mein Grüß").subarray(0, -1), 1, 1, /ends within a character/],
  [
    "mixed.txt",
    Buffer.concat([
      Buffer.from("Das Mädchen sprach.\n"),
      Buffer.from("47 72fc df65 0a".replaceAll(" ", ""), "hex"),
      Buffer.from("Schöne Grüße.\n"),
    ]),
    1,
    2,
    /not utf-8 text.*Save the file in one encoding, or name it with --encoding/,
  ],
  ["no-answer.csv", `${CSV}What now?,\n`, 20, 22, /the answer is empty\. Write it or remove the record/],
  ["number.jsonl", `${jsonLines(messages)}7\n`, 12, 13, /neither text nor a record\. Remove it/],
];

describe("files that are damaged in a place", () => {
  it.each(DAMAGED)("%s", async (name, content, items, line, said) => {
    const { report } = await look(name, content);
    expect(report.counts.documents + report.counts.conversations).toBe(items);
    expect(report.problems.first[0]).toMatchObject({ file: join(home, name), line });
    expect(report.problems.first[0]?.message).toMatch(said);
  });
});

/** Files of which nothing can be used: [file, content, code, what is said]. */
const USELESS: readonly (readonly [string, Content, string, RegExp])[] = [
  ["empty.txt", "", "data-empty", /empty\.txt is empty\. Was it copied/],
  ["blank.txt", " \n\n", "data-empty", /holds nothing to learn from/],
  ["picture.txt", PNG, "data-unreadable", /picture\.txt is a picture\. Leave it out/],
  ["picture.jsonl", PNG, "data-unreadable", /is a picture/],
  ["packed.jsonl", Buffer.from([0x1f, 0x8b, 8, 0, 0]), "data-unreadable", /packed by gzip\. Unpack it/],
  ["book.pdf", "%PDF-1.7 and so on", "data-unreadable", /is a PDF\. Save it as text/],
  ["zeros.txt", Buffer.alloc(64), "data-unreadable", /is no text.*Leave it out, or name its encoding/],
  ["prose.json", STORY, "data-empty", /line 1: this is not JSON.*\n.*prose: say --format text/],
  ["prose.yaml", STORY, "data-empty", /prose: say --format text/],
  ["prose.parquet", STORY, "data-unreadable", /no whole Parquet file.*Fetch or copy it again/],
  ["cut.parquet", PARQUET.subarray(0, -20), "data-unreadable", /no whole Parquet file/],
  [
    "frage.csv",
    "Frage,Antwort\nWie?,So.\n",
    "data-empty",
    /line 2: .*Frage, Antwort\. Say which is which with --columns/,
  ],
  ["object.json", '{"a":1}', "data-empty", /line 1: .*there is a\. Say which is which/],
  ["list.json", "[]", "data-empty", /holds nothing to learn from/],
  ["records.jsonl", "{}\n{}\n", "data-empty", /line 1: the record is empty\. Remove it/],
  ["deep.json", "[".repeat(100_000), "data-empty", /ends within a record/],
  [
    "alone.jsonl",
    jsonLines([{ messages: [{ role: "user", content: "Hi" }] }]),
    "data-empty",
    /the assistant says nothing/,
  ],
  [
    "three.jsonl",
    jsonLines([{ messages: times(3, (i) => ({ role: `r${i}`, content: "x" })) }]),
    "data-empty",
    /more than two speak/,
  ],
];

describe("files of which nothing can be used", () => {
  it.each(USELESS)("%s", async (name, content, code, said) => {
    const error = await look(name, content).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ParrotletError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(said) });
    expect((error as Error).message).toContain(name);
  });

  it("are left out of a folder, and told once", async () => {
    const folder = join(home, "folder");
    mkdirSync(folder, { recursive: true });
    const files = {
      "a.txt": STORY,
      "b.jsonl": jsonLines(messages),
      "c.txt": PNG,
      "d.json": "[]",
      "README.md": "# About",
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
    const { about, report } = await inspectSource(folder, { nearDuplicates: false });
    expect(about).toBe("1 file of text, 1 of JSONL of OpenAI messages, 1 of JSON");
    expect(report.counts).toMatchObject({ documents: 1, conversations: 12 });
    const problems = report.problems.first.map(({ file, message }) => [
      file.slice(folder.length + 1),
      message,
    ]);
    expect(problems).toEqual([
      ["c.txt", "is a picture. Leave it out."],
      ["d.json", expect.stringMatching(/holds nothing to learn from/)],
    ]);
  });
});

describe("inspecting", () => {
  it("needs no name for a chat: it says who speaks, and takes who writes most", async () => {
    const found = await look("chat-2.txt", `${WHATSAPP}12/05/2024, 09:40 - Ben: And one more.\n`);
    expect(found.speakers).toEqual([
      { name: "Ben", messages: 11 },
      { name: "Ada", messages: 10 },
    ]);
    expect(found.asIfMe).toBe("Ben");
    expect((await look("chat-2.txt", WHATSAPP, { reading: { me: "ada" } })).asIfMe).toBeUndefined();
    await expect(look("chat-2.txt", WHATSAPP, { reading: { me: "Adda" } })).rejects.toThrow(
      /Did you mean "Ada"/,
    );
  });

  it("ends after so many items, or when it is stopped, with what it knows", async () => {
    expect(await look("limit.jsonl", jsonLines(messages), { limit: 5 })).toMatchObject({
      ended: "limit",
      report: { counts: { conversations: 5 } },
    });
    const stop = AbortSignal.abort();
    expect(await look("limit.jsonl", jsonLines(messages), { signal: stop })).toMatchObject({
      ended: "stopped",
    });
  });

  it("reads as it is told to", async () => {
    const reading = { columns: { question: "Frage", answer: "Antwort" } };
    const table = await look("deutsch.csv", "Frage,Antwort\nWie?,So.\n", { reading });
    expect(table.report.counts.conversations).toBe(1);
    const cyrillic = await look("koi.txt", windows1251(CYRILLIC), { reading: { encoding: "cp1251" } });
    expect(cyrillic.report.samples[0]?.lines[0]?.text).toMatch(/^Привет/);
    await expect(look("a.txt", STORY, { reading: { encoding: "cp12" } })).rejects.toMatchObject({
      code: "data-encoding",
    });
  });
});

describe("what a file is trained as", () => {
  const kindOf = async (name: string, content: Content): Promise<string> => {
    const file = join(home, name);
    writeFileSync(file, content);
    const named = await findTraining(file);
    return named.kind === "corpus" && named.notice ? `corpus: ${named.notice}` : named.kind;
  };
  const manyPairs = `question,answer\n${times(2001, (i) => `Q${i}?,A${i}.\n`).join("")}`;

  it.each([
    ["pairs-1.csv", CSV, /^pairs$/],
    ["pairs-1.tsv", CSV.replaceAll(",", "\t"), /^pairs$/],
    ["pairs-1.jsonl", jsonLines([{ prompt: "Hi", completion: "Hello" }]), /^pairs$/],
    [
      "twice.csv",
      `${CSV}What is 3?,Three.\n`,
      /^corpus: .*line 22: "What is 3\?" has two answers: .*Give one answer/s,
    ],
    [
      "latin.csv",
      Buffer.from(`${CSV}Wie hei\u00dft du?,Gr\u00fcn.\n`, "latin1"),
      /^corpus: .*it is not UTF-8/,
    ],
    ["many.csv", manyPairs, /^corpus$/],
    ["many-twice.csv", `${manyPairs}Q1?,Other.\nQ?,\n`, /^corpus$/],
    ["openai-1.jsonl", jsonLines(messages), /^corpus$/],
    ["alpaca-1.jsonl", jsonLines(alpaca), /^corpus$/],
  ] as const)("%s", async (name, content, kind) => {
    expect(await kindOf(name, content)).toMatch(kind);
  });

  it("is refused where pairs have another mistake, and where an exam says that pairs are meant", async () => {
    await expect(kindOf("hole.csv", `${CSV}What now?,\n`)).rejects.toThrow(/line 22: the answer is empty/);
    const exam =
      "title: T\nexam: [Hi]\nconversations:\n- {question: Hi, answer: A}\n- {question: Hi, answer: B}\n";
    await expect(kindOf("exam.yaml", exam)).rejects.toMatchObject({ code: "corpus-invalid" });
  });
});
