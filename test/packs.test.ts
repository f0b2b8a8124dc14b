import { describe, expect, it } from "vitest";
import { makeExam, makeItems, wordsOf } from "../src/data/index.ts";
import { openPack } from "../src/node/index.ts";

/** The characters that come with the program, and how often each of these is asked of a corpus of theirs. */
describe.each(["pip", "tock"])("the pack %s", async (name) => {
  const { pack } = await openPack(name);
  const texts: string[] = [];
  const questions = new Set<string>();
  for (const { item } of makeItems(pack, { bytes: 3e6, seed: 7 })) {
    if (item.kind === "text") texts.push(item.text);
    else {
      for (const { role, text } of item.messages) {
        if (role === "user") questions.add(wordsOf(text));
        else texts.push(text);
      }
    }
  }

  it("says nothing in training that the exam asks in its rephrased, recombined and outside parts", () => {
    const lines = new Set([...questions, ...texts.map(wordsOf)]);
    const exam = makeExam(pack);
    const kept = exam.filter(({ part }) => part !== "seen");
    expect(kept.length).toBeGreaterThan(1500);
    expect(kept.filter(({ turns }) => lines.has(wordsOf(turns.at(-1) ?? "")))).toEqual([]);
    // The check can fail: of what may occur, much does.
    const seen = exam.filter(({ part, turns }) => part === "seen" && turns.length === 1);
    expect(seen.filter(({ turns }) => questions.has(wordsOf(turns[0] ?? ""))).length).toBeGreaterThan(
      seen.length / 5,
    );
  });

  it("has no word of the world outside in what is said of its own", () => {
    const outside = ["strange", "invented"].flatMap((table) => pack.tables.get(table) ?? []);
    expect(outside.length).toBeGreaterThan(300);
    const said = new Set(texts.flatMap((text) => wordsOf(text).split(" ")));
    expect(
      outside.filter((row) => !row.name.includes(" ") && said.has(wordsOf(row.name))).map((row) => row.name),
    ).toEqual([]);
  });

  it("writes sentences: no slot is left, no article is wrong, nothing stands twice", () => {
    const bad = (pattern: RegExp): string[] => texts.filter((text) => pattern.test(text)).slice(0, 3);
    expect(bad(/[{}[\]|]|undefined|NaN/)).toEqual([]);
    expect(bad(/\ba (?=[aeio])(?!one\b)/i)).toEqual([]);
    expect(bad(/\ban (?![aeiou]|hour|honest)/i)).toEqual([]);
    expect(bad(/\b(a|an|the|is|are|of|to|in|and|but|it|has|have) \1\b/i)).toEqual([]);
    expect(bad(/^\p{Ll}|[.!?] \p{Ll}(?![^"]*said)/u)).toEqual([]);
    expect(bad(/ {2}| [.,!?]|[^.!?"]$/)).toEqual([]);
  });
});
