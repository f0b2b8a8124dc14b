import { describe, expect, it } from "vitest";
import type { Item } from "./item.ts";
import { QuestionMeter, type QuestionOverlap } from "./question-overlap.ts";

const text = (text: string): Item => ({ kind: "text", text, file: "x", line: 1 });
const chat = (...texts: string[]): Item => ({
  kind: "conversation",
  messages: texts.map((text, i) => ({ role: i % 2 === 0 ? "user" : "assistant", text })),
  file: "x",
  line: 1,
});

function measured(questions: readonly (readonly string[])[], items: readonly Item[]): QuestionOverlap[] {
  const meter = new QuestionMeter();
  for (const turns of questions) meter.addQuestion(turns);
  for (const item of items) meter.addTraining(item);
  return meter.report();
}

const none = { all: 0, found: 0 };

describe("the overlap of questions with training text", () => {
  it("is exact where a line or message is the question, whatever its case and punctuation", () => {
    const items = [
      text("An owl hoots.\nwhat color, is an OWL\n"),
      chat("How many legs has a dog?", "A dog has four legs."),
    ];
    const questions = [
      ["What color is an owl?"],
      ["how many legs has a dog"],
      ["A dog has four legs!"],
      ["What is an owl?"],
    ];
    expect(measured(questions, items).map(({ exact }) => exact)).toEqual([true, true, true, false]);
  });

  it("is within where it stands among other words of a line, not across lines or messages", () => {
    const items = [chat("Pip, what color is an owl please", "Brown. What"), text("what color is\nan owl")];
    const found = measured(
      [["What color is an owl?"], ["Brown, what color"], ["color is an"], ["or is an"]],
      items,
    );
    expect(found.map(({ exact, within }) => [exact, within])).toEqual([
      [false, true],
      [false, false],
      [false, true],
      [false, false],
    ]);
    expect(measured([["Color is an owl"]], [text("what color is\nan owl")])).toMatchObject([
      { within: false },
    ]);
  });

  it("finds all that a user says in several turns, one after the other in one conversation", () => {
    const turns = ["I am Zoe.", "What is my name?"];
    const whole = (...items: Item[]) => measured([turns], items)[0]?.whole;
    expect(whole(chat("Hi", "Hello", "i am zoe", "Hi Zoe", "what is my name"))).toBe(true);
    expect(whole(chat("I am Zoe.", "Hi", "How are you?", "Fine", "What is my name?"))).toBe(false);
    expect(whole(chat("What is my name?", "?", "I am Zoe."))).toBe(false);
    expect(whole(chat("I am Zoe."), chat("What is my name?"))).toBe(false);
    expect(whole(chat("Hello", "I am Zoe.", "Hi", "What is my name?"))).toBe(false);
    expect(measured([["Hi"]], [])).toEqual([{ exact: false, within: false, grams: none }]);
  });

  it("counts runs of eight words", () => {
    const question = ["One two three four five six seven eight nine"];
    const grams = (...items: Item[]) => measured([question], items)[0]?.grams;
    expect(grams()).toEqual({ all: 2, found: 0 });
    expect(grams(text("zero one two three four five six seven eight"))).toEqual({ all: 2, found: 1 });
    expect(grams(text("zero one two three four five six, seven. Eight NINE ten"))).toEqual({
      all: 2,
      found: 2,
    });
    expect(grams(text("one two three four\nfive six seven eight nine"))).toEqual({ all: 2, found: 0 });
    const turns = [["one two three four", "five six seven eight"]];
    expect(measured(turns, [chat("one two three four", "ok", "five six seven eight")])).toMatchObject([
      { grams: { all: 1, found: 1 } },
    ]);
  });

  it("says the same of a question that is there twice, and of one without words", () => {
    const [one, two, three] = measured([["Hi!"], ["hi"], ["?"]], [text("hi")]);
    expect(one).toEqual({ exact: true, within: true, grams: none });
    expect(two).toEqual(one);
    expect(three).toEqual({ exact: false, within: false, grams: none });
    expect(measured([["?"]], [text("one\n\ntwo")])).toMatchObject([{ exact: false }]);
  });
});
