import { describe, expect, it } from "vitest";
import type { ExamCase, ExamPart } from "../../data/index.ts";
import type { TemplateMessage } from "../../text/index.ts";
import { compareExams, signTest } from "./compare-exams.ts";
import { type ExamEvent, type PlayedCase, playExam } from "./play-exam.ts";
import type { Replier } from "./replier.ts";
import { scoreExam } from "./score-exam.ts";
import { worstFailures } from "./worst-failures.ts";

const asked = (
  id: string,
  skill: string,
  part: ExamPart,
  turns: readonly string[],
  right: string | undefined,
  distance?: number,
): ExamCase => ({
  ...{ id, skill, part, turns, distance },
  rule: { right: right === undefined ? [] : [[right]], wrong: [], refuses: right === undefined },
});

const CASES = [
  asked("1", "color", "seen", ["What color is an apple?"], "red"),
  asked("2", "color", "rephrased", ["Tell me the color of an apple."], "red"),
  asked("3", "name", "seen", ["I am Zoe.", "Hi!", "What is my name?"], "Zoe", 2),
  asked("4", "name", "seen", ["I am Ada.", "What is my name?"], "Ada", 1),
  asked("5", "unknown", "outside", ["What color is a helicopter?"], undefined),
  asked("6", "unknown", "outside", ["What color is a castle?"], undefined),
];
const MARKS = ["do not know"];

/** Remembers a name and knows one color. */
function pip(messages: readonly TemplateMessage[]): string {
  const last = messages.at(-1)?.text ?? "";
  const name = messages.map(({ text }) => /I am (\w+)/.exec(text)?.[1]).find((found) => found);
  if (/color of|castle/.test(last)) return "I do not know.";
  if (/color/.test(last)) return "It is red.";
  return /name/.test(last) ? `You are ${name}.` : "Hello!";
}

async function play(replier: Replier, cases = CASES): Promise<readonly PlayedCase[]> {
  for await (const event of playExam({ cases, marks: MARKS }, replier))
    if (event.type === "end") return event.played;
  throw new Error("no end");
}

describe("an exam", () => {
  it("is played turn by turn with the model's own replies, and tells how far it is", async () => {
    const seen: string[][] = [];
    const events: ExamEvent[] = [];
    const reply = (messages: readonly TemplateMessage[]): string => {
      seen.push(messages.map(({ role, text }) => `${role[0]}:${text}`));
      return `reply ${messages.length}`;
    };
    for await (const event of playExam({ cases: CASES.slice(2, 4), marks: MARKS }, { reply }))
      events.push(event);
    expect(seen).toContainEqual([
      ...["u:I am Zoe.", "a:reply 1", "u:Hi!"],
      ...["a:reply 3", "u:What is my name?"],
    ]);
    expect(events.slice(0, -1)).toEqual([1, 2, 3, 4, 5].map((done) => ({ type: "progress", done, of: 5 })));
    expect(events.at(-1)).toMatchObject({
      played: [{ replies: ["reply 1", "reply 3", "reply 5"] }, { replies: ["reply 1", "reply 3"] }],
    });
  });

  it("comes to the same whether questions are asked one by one or several at once, each once", async () => {
    const batches: number[] = [];
    const several: Replier = {
      reply: pip,
      replyAll: async (all) => {
        batches.push(all.length);
        return all.map((messages) => ({ text: pip(messages), cut: false }));
      },
      atOnce: 4,
    };
    expect(await play(several)).toEqual(await play({ reply: pip }));
    expect(batches).toEqual([4, 2, 2, 1]);
    await play(
      several,
      [CASES[0], CASES[0], CASES[0]].flatMap((each) => each ?? []),
    );
    expect(batches.at(-1)).toBe(1);
  });

  it("ends when it is aborted", async () => {
    const abort = new AbortController();
    let replies = 0;
    const reply = (): string => {
      if (++replies === 2) abort.abort();
      return "";
    };
    const all = async (): Promise<void> => {
      for await (const _ of playExam({ cases: CASES, marks: MARKS }, { reply }, { signal: abort.signal }));
    };
    await expect(all()).rejects.toThrow(/aborted/);
    expect(replies).toBe(2);
  });

  it("is scored by skill and part, by refusals and by distance", async () => {
    const scores = scoreExam(await play({ reply: pip }));
    expect(scores.all).toEqual({ asked: 6, right: 4 });
    expect(scores.parts).toEqual({
      seen: { asked: 3, right: 3 },
      rephrased: { asked: 1, right: 0 },
      outside: { asked: 2, right: 1 },
    });
    expect(scores.skills).toEqual([
      {
        skill: "color",
        all: { asked: 2, right: 1 },
        parts: { seen: { asked: 1, right: 1 }, rephrased: { asked: 1, right: 0 } },
      },
      { skill: "name", all: { asked: 2, right: 2 }, parts: { seen: { asked: 2, right: 2 } } },
      { skill: "unknown", all: { asked: 2, right: 1 }, parts: { outside: { asked: 2, right: 1 } } },
    ]);
    expect(scores.refusals).toEqual({ right: { asked: 2, right: 1 }, wrong: { asked: 4, right: 1 } });
    expect(scores.memory).toEqual([
      { distance: 1, asked: 1, right: 1 },
      { distance: 2, asked: 1, right: 1 },
    ]);
    expect(scoreExam([])).toMatchObject({ all: { asked: 0 }, skills: [], memory: [] });
  });

  it("shows one failure of each skill first, the weakest skill first", async () => {
    const silent = await play({ reply: () => "" });
    expect(worstFailures(silent, 4).map((each) => each.case.id)).toEqual(["1", "3", "5", "2"]);
    const failed = worstFailures(await play({ reply: pip }));
    expect(failed.map((each) => each.case.id)).toEqual(["2", "5"]);
    expect(worstFailures([])).toEqual([]);
  });
});

describe("two exams", () => {
  const outcome = (id: string, right: boolean, part: ExamPart = "seen") => ({
    id,
    right,
    part,
    skill: "color",
  });

  it("differ by the questions that only one of the two knows", () => {
    const now = [outcome("1", true), outcome("2", true), outcome("3", false), outcome("new", true)];
    const before = [outcome("1", true), outcome("2", false), outcome("3", true), outcome("old", true)];
    const { all, skills, unmatched } = compareExams(now, before);
    expect(all).toEqual({
      ...{ asked: 3, before: 2, now: 2, gained: 1, lost: 1 },
      ...{ chance: 1, clear: false },
    });
    expect(skills).toMatchObject([{ skill: "color", part: "seen", asked: 3 }]);
    expect(unmatched).toBe(2);
  });

  it("differ clearly where that is no chance, and not by one of many rows", () => {
    const many = (right: (i: number) => boolean, part: ExamPart = "seen") =>
      Array.from({ length: 100 }, (_, i) => outcome(`${part}${i}`, right(i), part));
    const small = compareExams(
      many((i) => i < 53),
      many((i) => i < 50),
    );
    expect(small.all).toMatchObject({ gained: 3, lost: 0, clear: false });
    expect(small.all.chance).toBeCloseTo(0.25, 12);
    const large = compareExams(
      many((i) => i < 60),
      many((i) => i < 50),
    );
    expect(large.all).toMatchObject({ gained: 10, clear: true });
    const six = (i: number): boolean => i < 56; // a chance of 1/32: enough alone, not among two rows
    const two = compareExams(
      [...many(six), ...many(() => true, "outside")],
      [...many((i) => i < 50), ...many(() => true, "outside")],
    );
    expect(two.all.clear).toBe(true);
    expect(two.parts.seen).toMatchObject({ gained: 6, clear: false });
  });

  it("are weighed as coins that fall", () => {
    expect(signTest(0, 0)).toBe(1);
    expect(signTest(5, 5)).toBe(1);
    expect(signTest(9, 1)).toBeCloseTo((2 * 11) / 1024, 12);
    expect(signTest(1, 9)).toBe(signTest(9, 1));
    expect(signTest(2000, 1000)).toBeLessThan(1e-60);
    expect(signTest(1001, 1000)).toBeCloseTo(1, 6);
  });
});
