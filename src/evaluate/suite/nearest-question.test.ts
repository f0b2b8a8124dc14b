import { describe, expect, it } from "vitest";
import type { Item } from "../../data/index.ts";
import { NearestQuestion } from "./nearest-question.ts";

const chat = (...texts: string[]): Item => ({
  kind: "conversation",
  messages: texts.map((text, i) => ({ role: i % 2 === 0 ? "user" : "assistant", text })),
  file: "x",
  line: 1,
});

function learned(...items: Item[]): (question: string) => string {
  const memory = new NearestQuestion();
  for (const item of items) memory.learn(item);
  return (text) => memory.reply([{ role: "user", text }]);
}

describe("pure memory", () => {
  const reply = learned(
    chat("What color is an owl?", "Brown.", "Thanks!", "You are welcome."),
    chat("What color is a dog?", "Black."),
    chat("what color is a dog", "It is brown."),
    chat("What color is a DOG!", "It is brown."),
    chat("Where does an owl live?", "In a tree."),
    chat("What does a pig eat?", "Grass."),
    { kind: "text", text: "What color is a cat?\nWhite.", file: "x", line: 2 },
  );

  it("knows what it was asked, by the most frequent reply", () => {
    expect(reply("what color is an owl")).toBe("Brown.");
    expect(reply("What color is a dog?")).toBe("It is brown.");
    expect(reply("thanks")).toBe("You are welcome.");
  });

  it("else answers the question that is most alike, rare words first", () => {
    expect(reply("Tell me the color of a dog.")).toBe("It is brown.");
    expect(reply("Where does a dog live?")).toBe("In a tree.");
    expect(reply("pig")).toBe("Grass.");
    expect(reply("What color is a cat?")).toBe("It is brown.");
  });

  it("says nothing to words that it never heard", () => {
    expect(reply("Quantum?")).toBe("");
    expect(reply("?")).toBe("");
    expect(learned()("Hi")).toBe("");
  });
});
