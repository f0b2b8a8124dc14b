import { beforeAll, describe, expect, it } from "vitest";
import { type Checkpoint, loadCheckpoint } from "../checkpoint/index.ts";
import { Decoder, generationConfig, type ReplyFormat, reply } from "../generate/index.ts";
import { openDevice } from "./devices.ts";
import { FileStorage } from "./file-storage.ts";

const person = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 20 },
    kind: { enum: ["parrot", "dog", "cat"] },
    age: { type: "integer", minimum: 0, maximum: 120 },
    friends: { type: "array", items: { type: "string", pattern: "^[A-Z][a-z]+$" }, maxItems: 3 },
  },
  required: ["name", "kind", "age"],
};

/** The starter was never shown JSON. */
describe("a trained model with pieces of words", () => {
  let pip: Checkpoint;
  beforeAll(async () => {
    pip = await loadCheckpoint(new FileStorage("starters"), "pip", await openDevice("auto", { threads: 1 }));
  });

  async function answer(format: ReplyFormat, temperature: number, seed: number) {
    const config = generationConfig({ temperature, seed, maxNewTokens: 100, format });
    const pieces = reply(new Decoder(pip), pip.tokenizer, "What is your name?", { config });
    let text = "";
    for (;;) {
      const { value, done } = await pieces.next();
      if (done) return { text, finish: value };
      text += value;
    }
  }

  it.each([
    [0, 0],
    [1.5, 1],
    [1.5, 2],
  ])("keeps to a schema at temperature %d, seed %d", async (temperature, seed) => {
    const { text, finish } = await answer({ type: "json-schema", schema: person }, temperature, seed);
    expect(finish).toBe("stop");
    const { name, kind, age, friends = [] } = JSON.parse(text) as Record<string, unknown>;
    expect([typeof name, ["parrot", "dog", "cat"].includes(String(kind))]).toEqual(["string", true]);
    expect(Number.isInteger(age) && Number(age) >= 0 && Number(age) <= 120).toBe(true);
    expect(friends).toEqual((friends as string[]).filter((each) => /^[A-Z][a-z]+$/.test(each)));
  });

  it("keeps to a regular expression, and says what it knows within it", async () => {
    const format = { type: "regex", pattern: "My name is [A-Z][a-z]{1,9}\\." } as const;
    expect((await answer(format, 0, 0)).text).toBe("My name is Pip.");
  });
});
