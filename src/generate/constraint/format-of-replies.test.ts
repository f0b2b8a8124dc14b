import { describe, expect, it } from "vitest";
import { ReferenceDevice } from "../../engine/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../../model/index.ts";
import { CharacterTokenizer } from "../../text/index.ts";
import { Decoder } from "../decoder.ts";
import { sampleRows } from "../generate.ts";
import { reply } from "../generate-text.ts";
import { type GenerationConfig, generationConfig } from "../generation-config.ts";

/** A model that learned nothing: what it writes has a form only by the format. */
const ascii = Array.from({ length: 95 }, (_, place) => String.fromCharCode(32 + place)).join("");
const tokenizer = CharacterTokenizer.fit([`${ascii}\n`], { special: "chat" });
const shape = { contextWindow: 96, width: 16, layers: 1, heads: 2, deviation: 0.4 };
const model = new Transformer(modelConfig({ vocabulary: tokenizer.size, ...shape }));
const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);

const schema = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer", minimum: 0, maximum: 9 } },
  required: ["name", "age"],
};

async function answer(config: Partial<GenerationConfig>) {
  const options = { config: generationConfig(config) };
  const pieces = reply(new Decoder({ model, weights }), tokenizer, "hello", options);
  let text = "";
  for (;;) {
    const { value, done } = await pieces.next();
    if (done) return { text, finish: value };
    text += value;
  }
}

describe("a reply with a format", () => {
  it.each([0, 1.5, 50])("matches it at temperature %d", async (temperature) => {
    for (const seed of [1, 2, 3]) {
      const config = { temperature, seed, maxNewTokens: 60 };
      const json = await answer({ ...config, format: { type: "json-schema", schema } });
      expect(json.finish).toBe("stop");
      const { name, age, ...rest } = JSON.parse(json.text) as Record<string, unknown>;
      expect([typeof name, Number.isInteger(age), rest]).toEqual(["string", true, {}]);
      expect(JSON.parse((await answer({ ...config, format: { type: "json" } })).text)).toBeTypeOf("object");
      const matched = await answer({ ...config, format: { type: "regex", pattern: "(yes|no)( \\d{2})?" } });
      expect(matched.text).toMatch(/^(yes|no)( \d{2})?$/);
    }
  });

  it("is whole where the context window ends before maxNewTokens", async () => {
    const { text, finish } = await answer({ maxNewTokens: 5000, format: { type: "json-schema", schema } });
    expect(finish).toBe("stop");
    expect(JSON.parse(text)).toBeTypeOf("object");
  });

  it("is cut where not even the shortest one fits", async () => {
    const { text, finish } = await answer({ maxNewTokens: 9, format: { type: "json-schema", schema } });
    expect(finish).toBe("length");
    expect(text.trimStart()).toMatch(/^\{[ \n]?"/);
  });

  it("may be the empty text", async () => {
    expect(await answer({ format: { type: "regex", pattern: "" } })).toEqual({ text: "", finish: "stop" });
  });

  it("matches it in every row", () => {
    const decoder = new Decoder({ model, weights, rows: 3 });
    const config = generationConfig({
      temperature: 2,
      maxNewTokens: 40,
      format: { type: "json-schema", schema },
    });
    const prompts = ["a", "bc", "d"].map((text) => [tokenizer.special.bos, ...tokenizer.encode(text)]);
    const rows = sampleRows(decoder, prompts, tokenizer, config);
    for (const { text, cut } of rows) expect([typeof JSON.parse(text), cut]).toEqual(["object", false]);
    expect(new Set(rows.map(({ text }) => text)).size).toBe(3);
  });

  it("refuses a format that the model cannot write", async () => {
    const format = { type: "regex", pattern: "é+" } as const;
    await expect(answer({ format })).rejects.toMatchObject({ code: "generation-config" });
  });
});
