import { describe, expect, it } from "vitest";
import { bytesAsSource, ParrotletError } from "../../base/index.ts";
import type { Item } from "../item.ts";
import type { ReadOptions } from "./format.ts";
import { openReading } from "./open-reading.ts";
import { readAll } from "./read-all.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const source = (name: string, content: string | Uint8Array) =>
  bytesAsSource(typeof content === "string" ? utf8(content) : content, name);

/** Messages as `u: text`, texts as they are. */
const said = (item: Item): string =>
  item.kind === "text" ? item.text : item.messages.map(({ role, text }) => `${role[0]}: ${text}`).join(" | ");

async function read(name: string, content: string | Uint8Array, options?: ReadOptions) {
  const reading = await openReading(source(name, content), options);
  const items: Item[] = [];
  for await (const item of reading.items()) items.push(item);
  const problems = reading.problems.map(({ line, message }) => `${line}: ${message}`);
  return {
    about: reading.about,
    format: reading.format,
    items,
    said: items.map(said),
    lines: items.map(({ line }) => line),
    problems,
  };
}

const messages = (question: string, answer: string) => ({
  messages: [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ],
});
const TWO = ["u: Is ice cold? | a: Yes, ❄.", "u: Is it wet? | a: Only when it melts."];
const records = [messages("Is ice cold?", "Yes, ❄."), messages("Is it wet?", "Only when it melts.")];
const list = [
  ["Is ice cold?", "Yes, ❄."],
  ["Is it wet?", "Only when it melts."],
] as const;

const SAMPLES: readonly (readonly [
  file: string,
  about: string,
  content: string,
  lines: readonly number[],
])[] = [
  [
    "a.jsonl",
    "JSONL of OpenAI messages",
    `${records.map((each) => JSON.stringify(each)).join("\n\n")}\n`,
    [1, 3],
  ],
  ["b.json", "JSON of OpenAI messages", JSON.stringify(records), [1, 1]],
  [
    "c.json",
    "JSON of OpenAI messages",
    JSON.stringify({ version: 2, tags: ["x"], data: records }, null, 1),
    [7, 19],
  ],
  [
    "d.json",
    "JSON of questions and answers",
    JSON.stringify({ t1: { q: list[0][0], a: list[0][1] }, t2: { q: list[1][0], a: list[1][1] } }, null, 1),
    [2, 6],
  ],
  ["e.json", "JSON of conversations", JSON.stringify(list, null, 1), [2, 6]],
  [
    "f.csv",
    "CSV of questions and answers",
    'id;Question;Answer\r\n1;Is ice cold?;"Yes, ❄."\r\n2;Is it wet?;Only when it melts.\r\n',
    [2, 3],
  ],
  [
    "g.tsv",
    "TSV of questions and answers",
    "question\tanswer\nIs ice cold?\tYes, ❄.\nIs it wet?\tOnly when it melts.",
    [2, 3],
  ],
  [
    "m.txt",
    "TSV of questions and answers",
    "Question\tAnswer\r\nIs ice cold?\tYes, ❄.\r\nIs it wet?\tOnly when it melts.\r\n",
    [2, 3],
  ],
  [
    "h.csv",
    "CSV of transcripts",
    'persona,Best chat\nx,"User 1: Is ice cold?\nUser 2: Yes, ❄."\ny,"User 1: Is it wet?\nUser 2: Only when\nit melts."\n',
    [2, 4],
  ],
  [
    "i.yml",
    "YAML of conversations",
    "categories: [ice]\nconversations:\n- - Is ice cold?\n  - Yes, ❄.\n- - Is it wet?\n  - Only when it melts.\n",
    [3, 5],
  ],
  [
    "j.yaml",
    "YAML of questions and answers",
    "- question: Is ice cold?\n  answer: Yes, ❄.\n- { question: Is it wet?, answer: Only when it melts. }\n",
    [1, 3],
  ],
  ["k.txt", "JSONL of OpenAI messages", records.map((each) => JSON.stringify(each)).join("\n"), [1, 2]],
  ["l.json", "JSONL of OpenAI messages", records.map((each) => JSON.stringify(each)).join("\n"), [1, 2]],
];

describe("a file of conversations", () => {
  it.each(SAMPLES)("%s is %s", async (file, about, content, lines) => {
    const found = await read(file, content);
    expect(found.said.map((each) => each.replace("when\nit", "when it"))).toEqual(TWO);
    expect({ about: found.about, lines: found.lines, problems: found.problems }).toEqual({
      about,
      lines,
      problems: [],
    });
    expect((await read(`folder/${file.toUpperCase()}`, `\uFEFF${content}`)).items).toHaveLength(2);
  });

  it.each(SAMPLES)(
    "%s cut anywhere gives what came before the cut, or is refused",
    async (file, _, content) => {
      const whole = utf8(content);
      for (let end = 0; end < whole.length; end++) {
        try {
          const found = await read(file, whole.subarray(0, end));
          for (const [i, item] of found.items.entries()) {
            const expected = TWO[i]?.slice(0, TWO[i].indexOf("a: ") + 3) ?? "none";
            if (item.kind === "conversation") expect(said(item)).toContain(expected);
          }
          expect(found.items.length).toBeLessThanOrEqual(2);
        } catch (error) {
          expect(error).toBeInstanceOf(ParrotletError);
          expect((error as ParrotletError).code).toMatch(/^data-(empty|unreadable)$/);
        }
      }
    },
  );

  it("names the line where it is cut", async () => {
    const line = JSON.stringify(records[0]);
    expect((await read("a.jsonl", `${line}\n${line.slice(0, 30)}`)).problems).toEqual([
      expect.stringMatching(/^2: this is not JSON/),
    ]);
    expect((await read("a.json", `[\n${line},\n${line.slice(0, 30)}`)).problems).toEqual([
      expect.stringMatching(/^3: the file ends within a record: it was cut short/),
    ]);
    expect((await read("a.csv", 'q,a\n1,2\n3,"4\n')).problems).toEqual([
      expect.stringMatching(/^3: a quote in this row is never closed/),
    ]);
  });

  it("leaves out what cannot be used, with its line", async () => {
    const lines = [
      '{"question": "Hi", "answer": "Ho"}',
      "{question}",
      '{"id": 5}',
      '{"question": "Why?", "answer": ""}',
      '{"messages": [{"role": "user", "content": "Hi"}]}',
    ];
    const found = await read("a.jsonl", lines.join("\n"));
    expect(found.said).toEqual(["u: Hi | a: Ho"]);
    expect(found.problems).toEqual([
      expect.stringMatching(/^2: this is not JSON: "\{question\}"/),
      expect.stringMatching(/^3: .*there is id\./),
      expect.stringMatching(/^4: the answer is empty/),
      expect.stringMatching(/^5: the assistant says nothing/),
    ]);
    expect((await read("a.csv", "q,a\n1,2\n1,2,3\n")).problems).toEqual([
      expect.stringMatching(/^3: 3 fields, where the first line names 2/),
    ]);
  });

  it("leaves out lines of another encoding", async () => {
    const bytes = utf8('{"q":"schön?","a":"Ja"}\n{"q":"k_lt?","a":"Ja"}\n{"q":"grün?","a":"Ja"}\n');
    bytes[bytes.indexOf(95)] = 0xe4;
    const found = await read("a.jsonl", bytes);
    expect(found.lines).toEqual([1, 3]);
    expect(found.problems).toEqual([expect.stringMatching(/^2: not utf-8 text/)]);
    expect((await read("a.jsonl", bytes, { encoding: "windows-1252" })).items).toHaveLength(3);
  });

  it("that is one conversation", async () => {
    const one = messages("Hi", "Ho");
    for (const content of [one, one.messages]) {
      expect((await read("a.json", JSON.stringify(content, null, 2))).said).toEqual(["u: Hi | a: Ho"]);
    }
    expect(
      (await read("a.yaml", "messages:\n- {role: user, content: Hi}\n- {role: assistant, content: Ho}")).said,
    ).toEqual(["u: Hi | a: Ho"]);
  });

  it("wants no text among conversations", async () => {
    const { items, problems } = await read("a.yaml", "- [Hi, Ho]\n- Hi - Ho\n- [Ha, He]\n");
    expect(items).toHaveLength(2);
    expect(problems).toEqual([expect.stringMatching(/^2: "Hi - Ho" stands among conversations/)]);
  });

  it("may count some more than once, by category, in YAML", async () => {
    const found = await read(
      "a.yaml",
      "title: T\nconversations:\n  x:\n  - {question: on, answer: yes, times: 3}\n  y:\n  - {question: 1, answer: 2}\nexam: [on]\n",
    );
    expect(found.said).toEqual([...Array.from({ length: 3 }, () => "u: on | a: yes"), "u: 1 | a: 2"]);
  });

  it("may name its columns as it likes", async () => {
    const columns = { question: "Frage", answer: "Antwort" };
    expect((await read("a.csv", "Frage,Antwort\nHi,Ho\n", { columns })).said).toEqual(["u: Hi | a: Ho"]);
    const numbers = { question: "2", answer: "1" };
    expect((await read("a.csv", "Ho,Hi\nHe,Ha\n", { columns: numbers })).said).toEqual([
      "u: Hi | a: Ho",
      "u: Ha | a: He",
    ]);
    await expect(read("a.csv", "Frage,Antwort\nHi,Ho\n")).rejects.toThrow(
      /line 2: .*Frage, Antwort.*--columns/,
    );
  });
});

describe("a file of text", () => {
  it("is one document in pieces", async () => {
    const text = Array.from({ length: 60_000 }, (_, i) => `Line ${i} of a long book – and so on.\n`).join("");
    const { items, lines, problems } = await read("book.txt", text);
    expect(items.length).toBeGreaterThan(1);
    expect(items.map((item) => item.kind === "text" && (item.continues ?? false))).toEqual(
      items.map((_, i) => i > 0),
    );
    expect(items.map((item) => (item.kind === "text" ? item.text : "")).join("")).toBe(text);
    expect(lines).toEqual(items.map((item) => Number(/^Line (\d+)/.exec(said(item))?.[1]) + 1));
    expect(problems).toEqual([]);
  });

  it("is cut even where it has neither lines nor spaces, but not within a character", async () => {
    const text = "🐻".repeat(1_200_000);
    const { items } = await read("bears.txt", text);
    expect(items.length).toBeGreaterThan(1);
    expect(items.every((item) => !/^\p{Cs}|\p{Cs}$/u.test(said(item)))).toBe(true);
    expect(items.map(said).join("") === text).toBe(true);
  });

  it("may hold several documents", async () => {
    const found = await read(
      "stories.txt",
      "One.\n<|endoftext|>\nTwo.\nStill two.\n<|endoftext|>\n\n\nThree.\n",
    );
    expect(found.said).toEqual(["One.", "Two.\nStill two.", "Three.\n"]);
    expect(found.lines).toEqual([1, 3, 8]);
    expect(found.items.every((item) => item.kind === "text" && !item.continues)).toBe(true);
  });

  it("in Markdown loses the settings at its top, and nothing else", async () => {
    const found = await read("a.md", "---\ntitle: T\n---\n# Bear\n\n---\n*Text*\n");
    expect(found).toMatchObject({ format: "markdown", said: ["# Bear\n\n---\n*Text*\n"], lines: [4] });
    expect((await read("a.md", "# Bear\n---\nx\n---\n")).said).toEqual(["# Bear\n---\nx\n---\n"]);
  });

  it("loses lines of another encoding, and says which", async () => {
    const bytes = utf8("schön\nk_lt\ngrün\n");
    bytes[bytes.indexOf(95)] = 0xe4;
    const found = await read("a.txt", bytes);
    expect(found.said).toEqual(["schön\n\ngrün\n"]);
    expect(found.problems).toEqual([expect.stringMatching(/^2: not utf-8 text, after "k"/)]);
  });
});

describe("a file that cannot be used", () => {
  const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);
  const zip = Uint8Array.from([0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 1, 2, 3]);

  it.each(["a.txt", "a.json", "a.jsonl", "a.csv", "a.tsv", "a.yaml", "a.md", "a.parquet"])(
    "as %s",
    async (file) => {
      await expect(read(file, "")).rejects.toMatchObject({
        code: "data-empty",
        message: expect.stringContaining(file),
      });
      await expect(read(file, " \n\n")).rejects.toMatchObject({
        code: expect.stringMatching(/^data-(empty|unreadable)$/),
      });
      await expect(read(file, png)).rejects.toMatchObject({ code: "data-unreadable" });
      await expect(read(file, zip)).rejects.toMatchObject({ code: "data-unreadable" });
    },
  );

  it("says what it is and what to do", async () => {
    await expect(read("a.txt", zip)).rejects.toThrow(/a\.txt is a ZIP archive.*Unpack it/);
    await expect(read("a.jsonl", "Once upon a time.\nThe end.\n")).rejects.toThrow(
      /as JSONL:\n {2}line 1: this is not JSON/,
    );
    await expect(read("a.json", "Once upon a time.")).rejects.toMatchObject({ code: "data-empty" });
    await expect(read("a.txt", "Hi", { format: "jsnol" })).rejects.toThrow(
      /no format "jsnol"\. Did you mean jsonl\?/,
    );
    await expect(read("a.txt", "Hi", { encoding: "utf-9" })).rejects.toMatchObject({ code: "data-encoding" });
    await expect(read("a.txt", png, { format: "text" })).rejects.toMatchObject({ code: "data-unreadable" });
    await expect(read("a.csv", "q,a\n1,2\n", { format: "parquet" })).rejects.toMatchObject({
      code: "data-unreadable",
    });
  });

  it("survives files that are made to harm", async () => {
    const deep = 100_000;
    const nested = `${"[".repeat(deep)}${"]".repeat(deep)}`;
    const harmful = (code: string) => ({ code });
    await expect(read("a.json", nested)).rejects.toMatchObject(harmful("data-empty"));
    await expect(read("a.jsonl", `{"q":${nested},"a":${nested}}`)).rejects.toMatchObject(
      harmful("data-empty"),
    );
    await expect(read("a.yaml", nested)).rejects.toMatchObject({ code: expect.stringMatching(/^data-/) });
    const level = (i: number): string =>
      `a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(", ")}]`;
    const bomb = `data:\n- {a0: &a0 x, ${Array.from({ length: 9 }, (_, i) => level(i + 1)).join(", ")}}\n- *nobody\n- {q: Hi, a: Ho}\n`;
    const { said, problems } = await read("a.yaml", bomb);
    expect(said).toEqual(["u: Hi | a: Ho"]);
    expect(problems.length).toBeGreaterThan(0);
    const proto = await read("a.jsonl", '{"__proto__":{"q":"x"},"constructor":1,"q":"Hi","a":"Ho"}\n');
    expect(proto.said).toEqual(["u: Hi | a: Ho"]);
  });

  it("keeps the first thousand of its problems, and counts all", async () => {
    const reading = await openReading(source("a.jsonl", `{"q": "a", "a": "b"}\n${"{}\n".repeat(1500)}`));
    for await (const _ of reading.items());
    expect([reading.problems.length, reading.problemCount]).toEqual([1000, 1500]);
  });
});

describe("readAll", () => {
  it("chains files, and leaves out those that cannot be used", async () => {
    const all = await readAll([
      source("a.txt", "One."),
      source("b.png", Uint8Array.of(0x89, 80, 78, 71, 0, 0)),
      source("c.json", "{}"),
      source("d.txt", "Two."),
    ]);
    const found: string[] = [];
    for await (const item of all.items()) found.push(`${item.file} ${said(item)}`);
    expect(found).toEqual(["a.txt One.", "d.txt Two."]);
    expect(all.unused.map(({ file }) => file)).toEqual(["b.png", "c.json"]);
  });

  it("needs one that can be used", async () => {
    await expect(readAll([])).rejects.toMatchObject({ code: "data-empty" });
    await expect(readAll([source("a.txt", "")])).rejects.toThrow(/a\.txt is empty/);
    await expect(readAll([source("a.txt", ""), source("b.txt", "")])).rejects.toThrow(
      /in 2 files:\n.*a\.txt: is empty/,
    );
  });
});
