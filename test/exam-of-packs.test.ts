import { describe, expect, it } from "vitest";
import { makeExam, makeItems } from "../src/data/index.ts";
import { describeRule, gradeReply } from "../src/evaluate/index.ts";
import { openPack } from "../src/node/index.ts";

/** The rules of the exam and the answers of the training text come from the same facts by two ways: they must agree. */
describe.each(["pip", "tock"])("the exam of %s", (name) => {
  it("finds every answer right that the training text gives to the same question", async () => {
    const { pack } = await openPack(name);
    const answers = new Map<string, Set<string>>();
    for (const { item } of makeItems(pack, { bytes: 1e6, seed: 3, kinds: ["questions"] })) {
      if (item.kind !== "conversation") continue;
      const [question, answer] = item.messages;
      if (!question || !answer) continue;
      answers.set(question.text, (answers.get(question.text) ?? new Set()).add(answer.text));
    }
    const asked = makeExam(pack).filter(({ turns }) => turns.length === 1);
    let graded = 0;
    const wrong = asked.flatMap(({ turns: [question = ""], rule }) =>
      [...(answers.get(question) ?? [])].flatMap((answer) => {
        graded++;
        const { right, fault, found } = gradeReply(rule, answer, pack.manners.marks);
        return right ? [] : [{ question, answer, fault, found, wanted: describeRule(rule) }];
      }),
    );
    expect(wrong).toEqual([]);
    expect(graded).toBeGreaterThan(100);
  }, 60_000);
});
