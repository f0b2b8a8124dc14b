import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ReferenceDevice } from "../engine/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../model/index.ts";
import { ByteTokenizer } from "../text/index.ts";
import { parseRecipe } from "../train/index.ts";
import { type CardFacts, exportCard } from "./model-card.ts";
import { portableSource } from "./portable-recipe.ts";

const tokenizer = new ByteTokenizer("pairs");
const config = { vocabulary: tokenizer.size, contextWindow: 16, width: 8, layers: 1, heads: 2 };
const model = new Transformer(modelConfig(config));
const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
const scores = { perfect: 3, pairs: 4, exam: 1, examPairs: 2, loss: 0.5 };
const training = {
  recipe: {},
  step: 250,
  best: { step: 250, perfect: 3, loss: 0.5 },
  data: "abc123",
  scores,
};
const recipe = parseRecipe(
  `name: mine
data: "/home/ada/secret plans/my-pairs.csv"
model: { width: 8, layers: 1, heads: 2, contextWindow: 16 }
training: { steps: 250, batch: 2 }
optimizer: { kind: adamw, rate: 0.01 }
`,
  "recipe.yaml",
);

const card = (more: Partial<CardFacts> = {}): string =>
  exportCard({
    ...{ name: "mine", folder: "mine-hf", to: "hf", type: "f32", version: "1.2.3" },
    checkpoint: { model, weights, tokenizer, training },
    ...more,
  });
const front = (text: string): unknown => parse(/^---\n([\s\S]*?)\n---\n/.exec(text)?.[1] ?? "");

describe("exportCard", () => {
  it("says what the model is, how well it does, and what that means", () => {
    const text = card({ recipe });
    expect(text).toContain(`${weights.layout.count.toLocaleString("en-US")} parameters`);
    expect(text).toContain("| answers that are perfect | 3 of 4 |");
    expect(text).toContain("Every one of these questions is in its training data");
    expect(text).toContain("Made with Parrotlet 1.2.3");
    expect(front(text)).toEqual({
      library_name: "transformers",
      pipeline_tag: "text-generation",
      tags: ["parrotlet", "classic", "hf"],
    });
    expect(card({ recipe })).toBe(text);
  });

  it("has no folder of the machine on which it was trained", () => {
    const source = "C:\\Users\\ada\\notes.txt";
    const from = { model: "/home/ada/runs/base", hash: "0".repeat(64) };
    const text = card({
      recipe: { ...recipe, from },
      sources: [{ source }, { source: recipe.data as string }],
    });
    for (const name of ["notes.txt", "my-pairs.csv", "base"]) expect(text).toContain(name);
    expect(text).not.toMatch(/\bada\b|secret|home|Users/);
  });

  it.each([
    ["/a/b/c.txt", "c.txt"],
    ["b/folder/", "folder"],
    ["tinytalks", "tinytalks"],
    ["hf:owner/dataset@abc/train", "hf:owner/dataset@abc/train"],
    ["pack:pip/stories?size=5MB", "pack:pip/stories?size=5MB"],
    ["pack:/home/ada/my.yaml/stories", "pack:my.yaml/stories"],
    ["file:///home/ada/x.txt", "x.txt"],
  ])("names %s as %s", (source, named) => {
    expect(portableSource(source)).toBe(named);
  });

  it("names the licence where all data have the same, and asks the reader where one has none", () => {
    const cc = { source: "hf:a/b", license: "cc-by-4.0", revision: "12ab", bytes: 1234 };
    expect(front(card({ sources: [cc, { ...cc, source: "hf:c/d" }], language: "en" }))).toMatchObject({
      license: "cc-by-4.0",
      language: "en",
    });
    expect(card({ sources: [cc] })).toContain("| `hf:a/b`, revision `12ab` |  | 1,234 bytes | cc-by-4.0 |");
    const mixed = card({ sources: [cc, { source: "mine.txt" }] });
    expect(front(mixed)).not.toHaveProperty("license");
    expect(mixed).toContain("ask who made the data");
    expect(front(card({ sources: [{ ...cc, license: "my own: words\nlicense: mit" }] }))).not.toHaveProperty(
      "license",
    );
  });

  it("keeps what others wrote from being markup", () => {
    const evil = "x](http://a) | <img src=x>\n# y `z`";
    const text = card({
      name: evil,
      sources: [{ source: evil, about: evil, license: evil }],
      checkpoint: {
        model,
        weights,
        tokenizer,
        training: { ...training, character: evil, data: "``` \n# z" },
      },
    });
    expect(text.split("\n").filter((line) => line.startsWith("# "))).toHaveLength(1);
    expect(
      text.replaceAll(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "").replaceAll(/\\[\\`*_{}[\]<>#|~!&]/g, ""),
    ).not.toMatch(/<img|\]\(/);
    const fences = card({ folder: "a```b" })
      .split("\n")
      .filter((line) => /^`{3,}/.test(line));
    expect(fences).toEqual(["````python", "````"]);
  });

  it("claims nothing of a model that came from elsewhere", () => {
    const text = card({ checkpoint: { model, weights, tokenizer } });
    expect(text).toContain("What it was trained on is not known here");
    expect(text).not.toContain("## Scores");
    expect(front(text)).not.toHaveProperty("license");
  });

  it("says which exam questions stood in the training data", () => {
    const parts = [
      { name: "seen", right: 9, questions: 10, inTraining: 10 },
      { name: "unseen", right: 2, questions: 10 },
    ];
    const text = card({ exam: { suite: "pip", parts } });
    expect(text).toContain("| seen | 9 of 10 | 10 |");
    expect(text).toContain("| unseen | 2 of 10 | not measured |");
  });

  it("says where a folder opens: modern only here, and a type that was rounded", () => {
    const own = new Transformer(modelConfig({ ...config, preset: "modern", bigrams: 0 }));
    const checkpoint = { model: own, weights: new Weights(new ReferenceDevice(), layoutOf(own)), tokenizer };
    expect(card({ checkpoint })).toContain("opens only there");
    expect(card({ checkpoint })).toContain('parrotlet chat "mine-hf"');
    expect(card({ to: "gguf", type: "q8_0" })).toContain("rounded to q8_0");
    expect(card({ to: "onnx" })).toContain('"@huggingface/transformers"');
  });
});
