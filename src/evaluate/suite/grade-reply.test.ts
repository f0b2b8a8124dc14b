import { describe, expect, it } from "vitest";
import type { Rule } from "../../data/index.ts";
import { describeRule, gradeReply } from "./grade-reply.ts";

const MARKS = ["do not know"];
const rule = (right: Rule["right"], wrong: Rule["wrong"] = [], more: Partial<Rule> = {}): Rule => ({
  right,
  wrong,
  refuses: false,
  ...more,
});
const color = rule([["red"], ["green"]], ["blue", "brown", "light blue"]);
const unknown = rule([], [], { refuses: true });

describe("a reply", () => {
  it.each([
    ["An apple is red.", undefined],
    ["GREEN", undefined],
    ["red or green", undefined],
    ["", "silent"],
    [" ... ", "silent"],
    ["An apple is tired.", "misses"],
    ["An apple is round.", "misses"],
    ["It is red and blue.", "wrong"],
    ["I do not know, red.", "refuses"],
    ["I don’t know that yet.", "refuses"],
  ])("%j about a color has the fault %j", (reply, fault) => {
    expect(gradeReply(color, reply, MARKS)).toMatchObject({
      right: fault === undefined,
      ...(fault ? { fault } : {}),
    });
  });

  it("names the wrong text that it holds", () => {
    expect(gradeReply(color, "Red, brown, blue", MARKS)).toEqual({
      ...{ right: false, refused: false },
      ...{ fault: "wrong", found: "blue" },
    });
  });

  it("needs all texts of a list, in whatever order and place", () => {
    const both = rule([["milk", "cow"], ["water"]]);
    const right = (reply: string): boolean => gradeReply(both, reply, MARKS).right;
    expect(["From a cow comes milk.", "Water!"].map(right)).toEqual([true, true]);
    expect(["Milk.", "A cow.", "Milk from cows."].map(right)).toEqual([false, false, false]);
  });

  it("takes numbers as digits and as words", () => {
    const seven = rule([["seven"]], ["seventeen", "27", "one"]);
    const right = (reply: string): boolean => gradeReply(seven, reply, MARKS).right;
    expect(["7", "It is 7.", "Seven!", "3 + 4 = 7"].map(right)).toEqual([true, true, true, true]);
    expect(["17", "27", "twenty-seven", "7 or one", "77"].map(right)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it("is not wrong for what is part of a right text, but for what holds it", () => {
    const cream = rule([["ice cream"]], ["cream", "ice"]);
    expect(gradeReply(cream, "I like ice cream.", MARKS).right).toBe(true);
    expect(gradeReply(cream, "I like ice cream and cream.", MARKS)).toMatchObject({ found: "cream" });
    const blue = rule([["blue"]], ["light blue"]);
    expect(gradeReply(blue, "It is light blue.", MARKS)).toMatchObject({ found: "light blue" });
    const notTold = rule([["do not know your name"]]);
    expect(gradeReply(notTold, "I do not know your name.", MARKS)).toEqual({ right: true, refused: false });
  });

  it("to what is out of the world says that it does not know, and nothing wrong", () => {
    expect(gradeReply(unknown, "I don't know that yet. Can you tell me?", MARKS)).toEqual({
      right: true,
      refused: true,
    });
    expect(gradeReply(unknown, "A helicopter is red.", MARKS)).toEqual({
      ...{ right: false, refused: false, fault: "invents" },
    });
    const careful = rule([], ["red"], { refuses: true });
    expect(gradeReply(careful, "I do not know. It is red.", MARKS)).toMatchObject({
      fault: "wrong",
      refused: true,
    });
  });

  it("may need some sentences", () => {
    const story = rule([], [], { sentences: 3 });
    const text = "Pip lost a ball. He looked everywhere. He found it!";
    expect(gradeReply(story, text, MARKS).right).toBe(true);
    expect(gradeReply(story, "Pip lost a ball. He", MARKS)).toMatchObject({ fault: "short" });
    expect(gradeReply(story, "I do not know that yet.", MARKS)).toMatchObject({
      fault: "refuses",
      refused: true,
    });
    const asked = `${text} "I do not know," said Pip.`;
    expect(gradeReply(story, asked, MARKS)).toEqual({ right: true, refused: false });
  });

  it("ends, unless it is a story", () => {
    const cut = (text: string) => ({ text, cut: true });
    expect(gradeReply(color, cut("It is red. It is"), MARKS)).toMatchObject({
      right: false,
      fault: "endless",
    });
    expect(gradeReply(color, { text: "It is red.", cut: false }, MARKS).right).toBe(true);
    const story = rule([], [], { sentences: 2 });
    expect(gradeReply(story, cut("Pip lost a ball. He looked for it. He"), MARKS).right).toBe(true);
  });

  it("without marks never says that it does not know", () => {
    expect(gradeReply(unknown, "I do not know.", [])).toMatchObject({ refused: false, fault: "invents" });
  });
});

describe("a rule", () => {
  it("says what it wants", () => {
    expect(describeRule(color)).toBe("red or green; none of blue, brown, light blue");
    expect(describeRule(rule([["milk", "cow"]]))).toBe("milk + cow");
    expect(describeRule(unknown)).toBe("that it does not know");
    expect(describeRule(rule([], [], { sentences: 3 }))).toBe("3 sentences or more");
    expect(describeRule(rule([]))).toBe("any words");
    expect(describeRule(rule([], [..."abcdefgh"]))).toBe("none of a, b, c, d, e, f and 2 more");
  });
});
