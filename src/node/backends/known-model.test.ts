import { describe, expect, it } from "vitest";
import type { ModelListing } from "../../chat/index.ts";
import { isKnownModel } from "./known-model.ts";

const listed: ModelListing = { address: "folder:/home/models/a", kind: "tiny", name: "a", about: "text" };
const host = { list: async () => [listed] };
const settings = { model: "hf:me/mine", openai: [{ url: "http://localhost:11434/v1" }] };

describe("an address that a conversation brings", () => {
  it.each([
    ["run:pip@500", true],
    ["starter:pip", true],
    ["run:../../elsewhere", false],
    ["starter:/tmp/pip", false],
    ["openai:http://localhost:11434/v1#any", true],
    ["openai:http://localhost:11434#any", true],
    ["openai:http://evil.example/v1#any", false],
    ["openai:http://localhost:11434/other#any", false],
    ["folder:/home/models/a", true],
    ["folder:/tmp/b", false],
    ["hf:someone/model", false],
    ["hf:me/mine", true],
    ["gguf:/tmp/model.gguf", false],
    ["/home/models/a", false],
    ["a", false],
    ["what:ever", false],
  ])("%s may be followed: %s", async (address, is) => {
    expect(await isKnownModel(address, host, settings)).toBe(is);
  });
});
