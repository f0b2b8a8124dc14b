import { describe, expect, it } from "vitest";
import type { Columns } from "./format.ts";
import { shapeOf } from "./record-shapes.ts";

/** Messages as `u: text`, texts as they are; problems as `!`. */
function said(record: unknown, columns?: Columns): (string | string[])[] {
  const shaped = shapeOf(record, columns);
  if ("problem" in shaped) return [`! ${shaped.problem}`];
  return shaped.bodies.map((body) =>
    body.kind === "text" ? body.text : body.messages.map(({ role, text }) => `${role[0]}: ${text}`),
  );
}

const pair = [["u: Is it warm?", "a: It is."]];

describe("the shapes of records", () => {
  it.each<[string, unknown]>([
    [
      "OpenAI messages",
      {
        messages: [
          { role: "user", content: "Is it warm?" },
          { role: "assistant", content: "It is." },
        ],
      },
    ],
    [
      "parts of content",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "Is it warm?" },
              { type: "image_url", image_url: {} },
            ],
          },
          { role: "assistant", content: "It is." },
        ],
      },
    ],
    [
      "ShareGPT",
      {
        id: "7",
        conversations: [
          { from: "human", value: "Is it warm?" },
          { from: "gpt", value: "It is." },
        ],
      },
    ],
    [
      "messages as JSON in a table",
      { messages: '[{"role":"user","content":"Is it warm?"},{"role":"assistant","content":"It is."}]' },
    ],
    ["Alpaca without input", { instruction: "Is it warm?", input: "", output: "It is." }],
    ["prompt and completion", { prompt: "Is it warm?", completion: "It is." }],
    ["prompt and response", { prompt: "Is it warm?", response: "It is." }],
    ["preferences", { prompt: "Is it warm?", chosen: "It is.", rejected: "Go away." }],
    [
      "preferences as messages",
      {
        prompt: [{ role: "user", content: "Is it warm?" }],
        chosen: [{ role: "assistant", content: "It is." }],
        rejected: [],
      },
    ],
    ["names in capitals", { "QUESTION ": "Is it warm?", Answer: "It is.", n: 3 }],
    ["a joke", { type: "general", setup: "Is it warm?", punchline: "It is." }],
    ["a dialogue of strings", { dialog: ["Is it warm?", "It is."] }],
    ["a list of strings", ["Is it warm?", "It is."]],
    [
      "speakers with names",
      {
        content: [
          { message: "Is it warm?", agent: "agent_1" },
          { message: "It is.", agent: "agent_2" },
        ],
      },
    ],
    ["a transcript", { persona: "I like ice.", chat_text: "User 1: Is it warm?\nUser 2: It is." }],
    [
      "a transcript in Markdown",
      { persona: "I like ice.", x: "* * *\n**User 1:** Is it warm?\n\n**User 2:** It is.\n" },
    ],
    ["a transcript as the text", { text: "\n\nHuman: Is it warm?\n\nAssistant: It is." }],
    ["answers that are numbers or not text", { question: "Is it warm?", answer: "It is.", extra: 5n }],
  ])("%s", (_, record) => {
    const found = said(record).map((each) => (Array.isArray(each) ? each.map((text) => text.trim()) : each));
    expect(found).toEqual(pair);
  });

  it("texts", () => {
    expect(said({ text: "Once.", source: "x" })).toEqual(["Once."]);
    expect(said("Once.")).toEqual(["Once."]);
    expect(said({ title: "T", body: ["One.", "Two."] })).toEqual(["One.\nTwo."]);
    expect(said({ text: "Romeo: But soft!\nJuliet: Ay me." })).toEqual(["Romeo: But soft!\nJuliet: Ay me."]);
  });

  it("gives what an instruction is about after it, and the system's words before", () => {
    expect(said({ instruction: "Add.", input: "1 and 2", output: 3, system: "Be exact." })).toEqual([
      ["s: Be exact.", "u: Add.\n1 and 2", "a: 3"],
    ]);
    expect(
      said({
        instruction: "Next?",
        output: "C",
        history: [
          ["First?", "A"],
          ["Then?", "B"],
        ],
      }),
    ).toEqual([["u: First?", "a: A", "u: Then?", "a: B", "u: Next?", "a: C"]]);
  });

  it("uses each of several questions and answers", () => {
    expect(said({ q: "Name a colour.", a: ["red", "blue"] })).toEqual([
      ["u: Name a colour.", "a: red"],
      ["u: Name a colour.", "a: blue"],
    ]);
    expect(
      said({ intent: "bye", utterances: ["bye", "so long", "ciao"], answers: ["Bye!", "See you!"] }),
    ).toEqual([
      ["u: bye", "a: Bye!"],
      ["u: so long", "a: See you!"],
      ["u: ciao", "a: Bye!"],
    ]);
    expect(
      said({ context: "Ice is cold.", question: "Ice?", answers: { text: ["cold", "cold"], start: [7, 7] } }),
    ).toEqual([["u: Ice?\nIce is cold.", "a: cold"]]);
  });

  it("leaves out what tools say and what calls them, and knows the developer as the system", () => {
    const messages = [
      { role: "developer", content: "Be kind." },
      { role: "user", content: "Weather?" },
      { role: "assistant", content: null, tool_calls: [{ id: "1" }] },
      { role: "tool", content: "12 degrees" },
      { role: "assistant", content: "Twelve degrees." },
    ];
    expect(said({ messages })).toEqual([["s: Be kind.", "u: Weather?", "a: Twelve degrees."]]);
  });

  it("takes the columns that are named, and no others", () => {
    const row = { Frage: "Warm?", Antwort: "Ja.", text: "not this", Regel: "Kurz." };
    expect(said(row, { question: "Frage", answer: "Antwort", system: "Regel" })).toEqual([
      ["s: Kurz.", "u: Warm?", "a: Ja."],
    ]);
    expect(said(row, { text: "Frage" })).toEqual(["Warm?"]);
    expect(said({ log: "A: Hi\nB: Ho" }, { messages: "log" })).toEqual([["u: Hi", "a: Ho"]]);
    expect(said(row, { text: "Text" })[0]).toMatch(/no Text; there is Frage, Antwort/);
    expect(said(row, { question: "Frage" })[0]).toMatch(/must name/);
  });

  it("says what is wrong", () => {
    expect(said({ id: 1, label: 2 })[0]).toMatch(/there is id, label\. Say .*--columns/);
    expect(said({})[0]).toMatch(/the record is empty/);
    expect(said(7)[0]).toMatch(/7 is neither/);
    expect(said(null)[0]).toMatch(/null is neither/);
    expect(said({ text: " " })[0]).toMatch(/text is empty/);
    expect(said({ messages: [{ role: "user" }, "x"] })[0]).toMatch(/"x" is not a message/);
    const three = ["Ann", "Ben", "Cy"].map((from) => ({ from, value: "Hi" }));
    expect(said({ conversations: three })[0]).toMatch(/more than two speak: "Ann", "Ben", "Cy"/);
  });
});
