import { describe, expect, it } from "vitest";
import type { Conversation, Item, TextPiece } from "../item.ts";
import { type Filter, type Finding, textOf } from "./filter.ts";

/** A document on the third line of a file. */
export const textItem = (text: string): TextPiece => ({ kind: "text", file: "a.txt", line: 3, text });

/** A conversation of a person and the model in turn. */
export const talk = (...texts: readonly string[]): Conversation => ({
  kind: "conversation",
  file: "talks.jsonl",
  line: 7,
  messages: texts.map((text, turn) => ({ role: turn % 2 === 0 ? "user" : "assistant", text })),
});

/** What a filter says of an item: the reasons, or none. */
export function reasons(filter: Filter, item: Item): string[] {
  const whys: string[] = [];
  filter.apply(item, textOf(item), ({ why }) => whys.push(why));
  return whys;
}

const paragraph = "A small green parrot sat in the old apple tree and sang to the moon all night long.";
const strange: readonly Item[] = [
  textItem(""),
  textItem(" \n\n \n"),
  textItem("\ud800 alone \udc00"),
  textItem("[".repeat(20_000)),
  textItem("<".repeat(20_000)),
  textItem("ab ".repeat(10_000)),
  textItem("\n".repeat(20_000)),
  textItem("\u0000\u{1F99C}\u200d".repeat(3000)),
  textItem(Array.from({ length: 300 }, (_, day) => `${paragraph} That was night ${day}.`).join("\n\n")),
  { ...textItem(paragraph), continues: true },
  talk(),
  talk(""),
  talk("Hello!", "Hello, little one. What did you see today?"),
];

/** What every `Filter` promises. Each implementation's test file calls this once. */
export function describeFilter(name: string, create: () => Filter): void {
  const run = (): { left: Item | undefined; findings: Finding[]; item: Item }[] => {
    const filter = create();
    return strange.map((item) => {
      const findings: Finding[] = [];
      return { left: filter.apply(item, textOf(item), (finding) => findings.push(finding)), findings, item };
    });
  };

  describe(`${name} as a Filter`, () => {
    it("says why, and where within the text, for all that it leaves out", () => {
      for (const { left, findings, item } of run()) {
        expect(findings.length > 0).toBe(left !== item);
        for (const { why, at = 0 } of findings) {
          expect(why).not.toBe("");
          expect(at).toBeLessThanOrEqual(textOf(item).length);
        }
      }
    });

    it("leaves an item's place as it is, and a conversation whole", () => {
      for (const { left, item } of run()) {
        if (!left) continue;
        expect({ ...left, text: "" }).toEqual({ ...item, text: "" });
        if (item.kind === "conversation") expect(left).toBe(item);
        else expect(textOf(left).length).toBeLessThanOrEqual(item.text.length);
      }
    });

    it("does the same again", () => {
      expect(run()).toEqual(run());
    });

    it("takes no more than a moment for what is made to be slow", () => {
      const start = performance.now();
      run();
      expect(performance.now() - start).toBeLessThan(2000);
    });
  });
}
