import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeText } from "../base/index.ts";
import { CharacterTokenizer } from "../text/index.ts";
import { differentPairs } from "./corpus.ts";
import { readCorpus } from "./read-corpus.ts";

const read = (text: string, file: string) => readCorpus(encodeText(text), file);
const problems = (text: string, file: string): string => {
  try {
    read(text, file);
  } catch (error) {
    expect(error).toMatchObject({ code: "corpus-invalid" });
    return (error as Error).message;
  }
  throw new Error("nothing was wrong");
};

describe("TinyTalks", () => {
  const corpus = readCorpus(
    readFileSync(new URL("../../corpora/tinytalks.yaml", import.meta.url)),
    "tinytalks.yaml",
  );
  const texts = corpus.pairs.flatMap(({ question, answer }) => [question, answer]);
  const rows = (category: string): [rows: number, pairs: number] => {
    const pairs = corpus.pairs.filter((pair) => pair.category === category);
    return [pairs.reduce((sum, { times }) => sum + times, 0), pairs.length];
  };

  it("has 71 rows, 37 different pairs and 51 tokens", () => {
    expect(corpus.pairs.reduce((sum, { times }) => sum + times, 0)).toBe(71);
    expect(differentPairs(corpus)).toHaveLength(37);
    expect(CharacterTokenizer.fit(texts).size).toBe(51);
  });

  it.each([
    ["greetings", 12, 5],
    ["facts", 10, 5],
    ["yes or no", 10, 5],
    ["weather", 7, 4],
    ["feelings", 7, 4],
    ["math", 7, 4],
    ["colors", 7, 4],
    ["identity", 6, 3],
    ["capabilities", 5, 3],
  ])("has %s in %i rows of %i pairs", (category, count, pairs) => {
    expect(rows(category)).toEqual([count, pairs]);
  });

  it("has questions of about 13 characters and answers of about 19", () => {
    const mean = (lengths: readonly number[]): number =>
      lengths.reduce((sum, n) => sum + n, 0) / lengths.length;
    const pairs = differentPairs(corpus);
    expect(Math.round(mean(pairs.map(({ question }) => question.length)))).toBe(13);
    expect(Math.round(mean(pairs.map(({ answer }) => answer.length)))).toBe(19);
  });

  it("holds the eight exam questions with the ancestor's answers", () => {
    expect(corpus.exam).toHaveLength(8);
    expect(corpus.exam).toMatchObject([
      { question: "Hi", answer: "Hello! How can I help you?" },
      { question: "How are you" },
      { question: "What is your name" },
      { question: "What is the sky", answer: "The sky is blue" },
      { question: "Is grass green", answer: "Yes, grass is green" },
      { question: "What is 1 plus 1", answer: "1 plus 1 equals 2" },
      { question: "Are you happy", answer: "Yes, I am happy" },
      { question: "Bye" },
    ]);
  });

  it("has a dozen unseen questions, which no row asks, in characters that rows have", () => {
    expect(corpus.unseen).toHaveLength(12);
    const asked = new Set(corpus.pairs.map(({ question }) => question.toLowerCase()));
    const tokenizer = CharacterTokenizer.fit(texts);
    for (const { question } of corpus.unseen) {
      expect(asked.has(question.toLowerCase())).toBe(false);
      tokenizer.encode(question);
    }
  });
});

describe("YAML", () => {
  it("may be a plain list", () => {
    const corpus = read(
      "- {question: Hi, answer: Hello}\n- question: Bye\n  answer: See you\n",
      "folder/mine.yaml",
    );
    expect(corpus.title).toBe("mine");
    expect(corpus.pairs).toEqual([
      { question: "Hi", answer: "Hello", category: undefined, times: 1, line: 1 },
      { question: "Bye", answer: "See you", category: undefined, times: 1, line: 2 },
    ]);
    expect(corpus.exam.map(({ question }) => question)).toEqual(["Hi", "Bye"]);
    expect(corpus.unseen).toEqual([]);
  });

  it("keeps answers as they are written, whatever YAML makes of them", () => {
    const { pairs } = read(
      "- {question: One, answer: 1}\n- {question: Really, answer: yes}\n- {question: N, answer: 0x10}",
      "x.yml",
    );
    expect(pairs.map(({ answer }) => answer)).toEqual(["1", "yes", "0x10"]);
  });

  it("takes eight questions from all over a long file for the exam", () => {
    const lines = Array.from({ length: 100 }, (_, i) => `- {question: Q${i}, answer: A${i}}`);
    expect(read(lines.join("\n"), "x.yaml").exam.map(({ question }) => question)).toEqual(
      [0, 12, 25, 37, 50, 62, 75, 87].map((i) => `Q${i}`),
    );
  });

  it("reports every problem with its line", () => {
    const text = [
      "title: T",
      "conversations:",
      "  greetings:",
      "    - {question: Hi, answer: Hello}",
      "    - {question: Hi, answer: Hey}",
      "    - {question: '', answer: x}",
      "    - {question: Bye}",
      "    - just text",
      "    - {question: A, answer: B, times: 0}",
      "    - {question: A, answer: [1]}",
      "    - {question: C, anwser: D}",
      "exam: [Hi, Nobody]",
      "unseen:",
      "  - {question: Hi, answer: y}",
      "extra: 1",
    ].join("\n");
    const message = problems(text, "pairs.yaml");
    expect(message).toMatch(/^pairs.yaml has 11 problems:/);
    for (const part of [
      'line 5: "Hi" has two answers: "Hello" (line 4) and "Hey".',
      "line 6: the question is empty.",
      "line 7: answer is missing.",
      "line 8: this must be { question: ..., answer: ... }.",
      "line 9: times must be a whole number from 1 to 1000.",
      "line 10: answer is not text.",
      'line 11: "anwser" is not known here; question, answer, times are.',
      'line 12: the exam asks "Nobody", which no conversation does.',
    ]) {
      expect(message).toContain(part);
    }
    expect(message).toContain("... and 1 more");
  });

  it.each([
    ["", /line 1: conversations must be a list|there are no conversations/],
    ["[]", /line 1: there are no conversations/],
    ["conversations: [{question: a, answer: b}]\nexam: []", /line 1: the exam is empty/],
    ["conversations: [{question: a, answer: b}]\nexam: [a, a]", /line 2: the exam asks "a" twice/],
    ["- {question: a, answer: b, times: 1000000}", /line 1: times must be a whole number from 1 to 1000/],
    ["just text", /must be a list/],
    ["- {question: a, answer: b", /line 1: this is not YAML/],
    ["a: &x [1]\nb: *x", /"a" is not known here/],
    ["- &p {question: a, answer: b}\n- *p", /line 2: this must be/],
  ])("%j is refused", (text, message) => {
    expect(problems(text, "x.yaml")).toMatch(message);
  });
});

describe("CSV", () => {
  it("is read by the names of its columns, with quotes, commas and line ends inside", () => {
    const text = 'Category,Question,Answer\r\ngreet,Hi,"Hello, ""you""!"\r\n\r\nx,"two\nlines",ok\r\n';
    expect(read(text, "x.csv").pairs).toEqual([
      { question: "Hi", answer: 'Hello, "you"!', category: "greet", times: 1, line: 2 },
      { question: "two\nlines", answer: "ok", category: "x", times: 1, line: 4 },
    ]);
  });

  it.each([";", "\t"])("may be separated by %j", (mark) => {
    const text = ["question;answer", 'Hi, you;"Hello; you"', "Bye;See you"].join("\n").replaceAll(";", mark);
    const { pairs } = readCorpus(encodeText(text), "pairs.csv");
    expect(pairs).toMatchObject([
      { question: "Hi, you", answer: `Hello${mark} you` },
      { question: "Bye", answer: "See you" },
    ]);
  });

  it("leaves out the space around a text, and takes fields of any length", () => {
    const long = "x y ".repeat(2_000_000);
    expect(read(`question,answer\n Hi , Hello \nlong,"${long}"\n`, "x.csv").pairs).toMatchObject([
      { question: "Hi", answer: "Hello" },
      { question: "long", answer: long.trim() },
    ]);
  });

  it("may begin with a byte order mark and name its columns as people do", () => {
    expect(read("\uFEFFprompt,completion\na,b", "x.csv").pairs).toMatchObject([
      { question: "a", answer: "b" },
    ]);
  });

  it.each([
    ["", /line 1: the first line must name the columns question and answer; it names none/],
    ["a,b\n1,2", /it names a, b/],
    ["question,answer\nHi", /line 2: 1 field, where the first line names 2/],
    ["question,answer\nHi,Hello, you", /line 2: 3 fields.*Put text with commas in quotes/],
    ['question,answer\nHi,"never closed', /line 2: a quote is not closed/],
    ['question,answer\nok,fine\nHi,say "x" now', /line 3: a quote is not closed, or stands inside a field/],
    ["question,answer,times\nHi,Hello,many", /line 2: times is "many"/],
  ])("%j is refused", (text, message) => {
    expect(problems(text, "x.csv")).toMatch(message);
  });
});

describe("JSONL", () => {
  it("is an object a line", () => {
    const text = '{"question":"Hi","answer":"Hello"}\n\n{"q":"Bye","a":"See you","times":2}\n';
    expect(read(text, "x.jsonl").pairs).toMatchObject([
      { question: "Hi", answer: "Hello", times: 1, line: 1 },
      { question: "Bye", answer: "See you", times: 2, line: 3 },
    ]);
  });

  it("reports each bad line", () => {
    const message = problems(
      '{"question":1,"answer":"b"}\nnot json\n[1]\n{"question":"ok","answer":"ok"}',
      "x.jsonl",
    );
    expect(message).toContain("line 1: question and answer must both be there, and be text.");
    expect(message).toContain("line 2: this is not JSON.");
    expect(message).toContain("line 3: this is not a JSON object.");
  });
});

it("text in another encoding is refused, with the line", () => {
  const bytes = Uint8Array.of(...encodeText("question,answer\nHi,Hello\nCaf"), 0xe9, ...encodeText(",x\n"));
  expect(() => readCorpus(bytes, "old.csv")).toThrow(
    expect.objectContaining({
      code: "corpus-encoding",
      message: expect.stringMatching(/^old.csv, line 3: not UTF-8 text, after "Caf". Save the file as UTF-8/),
    }),
  );
});

it("other endings are refused with those that are known", () => {
  expect(() => read("", "notes.docx")).toThrow(
    expect.objectContaining({
      code: "corpus-format",
      message:
        "notes.docx ends in .docx; files of questions and answers end in .yaml, .yml, .jsonl, .csv, .tsv.",
    }),
  );
});
