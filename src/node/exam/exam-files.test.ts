import { describe, expect, it } from "vitest";
import { encodeText, MemoryStorage } from "../../base/index.ts";
import { readExam } from "./exam-files.ts";

const numbers = { all: 1, found: 0 };
const tally = { questions: 1, exact: 0, within: 0, conversations: numbers, grams: numbers };
const report = {
  format: 1,
  suite: { name: "pip", hash: "h", questions: 1 },
  model: { label: "a", parameters: 3 },
  answers: [{ id: "a/seen/1", right: true }],
  overlap: { parts: { seen: tally }, skills: [{ skill: "a", parts: { seen: tally } }] },
};

/** What is read of an `exam.json` beside a model that is no run's: a stranger may have written it. */
async function read(changes: object): Promise<unknown> {
  const storage = new MemoryStorage();
  await storage.write("m/exam.json", encodeText(JSON.stringify({ ...report, ...changes })));
  const found = { storage, folder: "m", label: "m", run: undefined, step: undefined };
  return readExam(found, { name: "pip", hash: "h" });
}

describe("an exam that lies beside a model", () => {
  it("is read", async () => {
    expect(await read({})).toMatchObject({ model: { label: "a" } });
    expect(await read({ overlap: undefined })).toBeDefined();
  });

  it.each<object>([
    { format: 2 },
    { suite: { hash: "other" } },
    { suite: null },
    { model: undefined },
    { model: { label: 3 } },
    { answers: [null] },
    { answers: [{ id: "a" }] },
    { overlap: null },
    { overlap: { parts: {} } },
    { overlap: { ...report.overlap, parts: { seen: { ...tally, exact: "\u001b[2J" } } } },
    { overlap: { ...report.overlap, skills: [{ skill: "a", parts: { seen: { ...tally, grams: 1 } } }] } },
  ])("is none, where it is %j", async (changes) => {
    expect(await read(changes)).toBeUndefined();
  });
});
