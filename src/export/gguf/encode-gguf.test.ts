import { describe, expect, it } from "vitest";
import { bytesAsSource, ParrotletError } from "../../base/index.ts";
import { toFile } from "../../checkpoint/index.ts";
import { ReferenceDevice } from "../../engine/index.ts";
import { layoutOf, type ModelOptions, modelConfig, Transformer, Weights } from "../../model/index.ts";
import {
  ByteTokenizer,
  CharacterTokenizer,
  jinjaTemplate,
  type Tokenizer,
  trainBpe,
} from "../../text/index.ts";
import { encodeGguf } from "./encode-gguf.ts";
import { decodeNumbers, type GgufType } from "./gguf-numbers.ts";
import { readGgufHeader } from "./read-gguf-header.ts";

const characters = CharacterTokenizer.fit(["abcdefg äöü 👋€\n"], { special: "chat", unknown: true });
const size = { contextWindow: 24, width: 64, layers: 2, heads: 4, mlpWidth: 96, deviation: 0.4 };
const lists = ["tokens", "merges", "token_type"].map((name) => `tokenizer.ggml.${name}`);

function load(options: Omit<ModelOptions, "vocabulary">, tokenizer: Tokenizer = characters) {
  const model = new Transformer(modelConfig({ ...options, vocabulary: tokenizer.size }));
  const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
  return { model, weights, tokenizer };
}

/** A file's fields, and its tensors as numbers. */
async function read(bytes: Uint8Array) {
  const header = await readGgufHeader(bytesAsSource(bytes, "model.gguf"), lists);
  const types: Readonly<Record<number, GgufType>> = { 0: "f32", 1: "f16", 8: "q8_0" };
  const widths = { f32: 4, f16: 2, q8_0: 34 / 32 };
  const tensors = new Map(
    header.tensors.map(({ name, shape, type, from }) => {
      const kind = types[type] ?? "f32";
      const count = shape.reduce((all, extent) => all * extent, 1);
      const values = decodeNumbers(bytes.subarray(from, from + count * widths[kind]), kind);
      return [name, { shape, kind, from, values }] as const;
    }),
  );
  return { ...header, tensors };
}

const models = {
  llama: { ...size, preset: "llama", kvHeads: 2, theta: 500, epsilon: 1e-6 },
  "llama with its embedding as head": { ...size, preset: "llama", tied: true },
  classic: { ...size },
  "classic without biases": { ...size, biases: false, tied: false },
} as const;

describe.each(Object.entries(models))("%s as GGUF", (_, options) => {
  const checkpoint = load(options);
  const original = toFile(checkpoint.model, (parameter) => checkpoint.weights.read(parameter));

  it("says what it is", async () => {
    const { architecture, name, contextLength, fileType, metadata, parameters } = await read(
      encodeGguf(checkpoint, { type: "f16", name: "Pip" }),
    );
    const own = architecture === "llama" ? "llama" : "gpt2";
    expect({ architecture, name, contextLength, fileType }).toEqual({
      ...{ architecture: own, name: "Pip", contextLength: 24, fileType: "f16" },
    });
    const counted = [...original.values()].reduce((sum, { values }) => sum + values.length, 0);
    expect(parameters).toBe(counted);
    expect(metadata.get(`${own}.block_count`)).toBe(2);
    expect(metadata.get(`${own}.embedding_length`)).toBe(64);
    expect(metadata.get(`${own}.feed_forward_length`)).toBe(96);
    expect(metadata.get("tokenizer.chat_template")).toBe(jinjaTemplate(characters));
  });

  it.each(["f32", "f16", "q8_0"] as const)("holds the weights in %s", async (type) => {
    const { tensors } = await read(encodeGguf(checkpoint, { type, name: "Pip" }));
    expect(tensors.size).toBe(original.size);
    for (const [index, [name, tensor]] of [...tensors].entries()) {
      const [from, wanted] = [...original][index] ?? ["", { shape: [], values: new Float32Array() }];
      const turned = from.startsWith("transformer.h.") && wanted.shape.length === 2;
      expect(tensor.shape, `${from} as ${name}`).toEqual(turned ? wanted.shape : [...wanted.shape].reverse());
      expect(tensor.from % 32).toBe(0);
      if (tensor.shape.length === 1) expect(tensor.kind).toBe("f32");
      const [columns = 1, rows = 1] = tensor.shape;
      const back = restored(name, tensor.values, checkpoint.model.config);
      let wrong = 0;
      for (let at = 0; at < back.length; at++) {
        const [row, column] = [Math.floor(at / columns), at % columns];
        const ours = wanted.values[turned ? column * rows + row : at] ?? 0;
        const error = Math.abs((back[at] ?? Number.NaN) - ours);
        if (!(error === 0 || error <= errorOf(tensor.kind, back, at))) wrong++;
      }
      expect(wrong, name).toBe(0);
    }
  });
});

/** Puts what llama.cpp has as neighbours back into halves of a head. */
function restored(
  name: string,
  values: Float32Array,
  { heads, kvHeads, width }: { heads: number; kvHeads: number; width: number },
): Float32Array {
  const own = name.endsWith("attn_q.weight") ? heads : name.endsWith("attn_k.weight") ? kvHeads : 0;
  const half = width / heads / 2;
  const back = values.slice();
  for (let head = 0; head < own; head++) {
    for (let pair = 0; pair < half; pair++) {
      for (const which of [0, 1]) {
        const [to, from] = [head * 2 * half + which * half + pair, head * 2 * half + 2 * pair + which];
        back.set(values.subarray(from * width, (from + 1) * width), to * width);
      }
    }
  }
  return back;
}

/** The largest error that a number may have: f16 has 11 bits; of q8_0, half a step, where f16 rounds the step itself by 2^-11. */
function errorOf(kind: GgufType, values: Float32Array, at: number): number {
  if (kind === "f32") return 0;
  if (kind === "f16") return Math.max(2 ** -25, Math.abs(values[at] ?? 0) * 2 ** -11);
  const block = at - (at % 32); // all rows are whole blocks
  let largest = 0;
  for (const value of values.subarray(block, block + 32)) largest = Math.max(largest, Math.abs(value));
  return (largest / 127) * (0.5 + 127 * 2 ** -11 + 1e-3);
}

describe("q8_0", () => {
  it("leaves rows that are not whole blocks to f16", async () => {
    const narrow = load({ ...size, preset: "llama", width: 48, heads: 4, mlpWidth: 64 });
    const { tensors } = await read(encodeGguf(narrow, { type: "q8_0", name: "narrow" }));
    expect(tensors.get("blk.0.attn_q.weight")?.kind).toBe("f16");
    expect(tensors.get("blk.0.ffn_down.weight")?.kind).toBe("q8_0");
    expect(tensors.get("blk.0.attn_norm.weight")?.kind).toBe("f32");
  });
});

/** Merges as llama.cpp does: the earliest in the list first, from the left. */
function merged(
  text: string,
  merges: readonly string[],
  tokens: readonly string[],
  spell: (byte: number) => string,
) {
  let parts = Array.from(new TextEncoder().encode(text), spell);
  for (;;) {
    const ranks = parts.slice(1).map((part, at) => merges.indexOf(`${parts[at]} ${part}`));
    const found = ranks.filter((rank) => rank >= 0);
    if (found.length === 0) return parts.map((part) => tokens.indexOf(part));
    const at = ranks.indexOf(Math.min(...found));
    parts = [...parts.slice(0, at), `${parts[at]}${parts[at + 1]}`, ...parts.slice(at + 2)];
  }
}

describe("a tokenizer in GGUF", () => {
  const fields = async (tokenizer: Tokenizer) => {
    const { metadata } = await read(encodeGguf(load({ ...size }, tokenizer), { type: "f32", name: "x" }));
    const list = (name: string) => metadata.get(`tokenizer.ggml.${name}`) as unknown as string[];
    return { metadata, tokens: list("tokens"), merges: list("merges"), kinds: list("token_type") };
  };

  it("of characters puts their bytes together by merges", async () => {
    const { tokens, merges, kinds } = await fields(characters);
    const bytes = (await fields(new ByteTokenizer())).tokens.slice(3);
    for (const text of ["abc", "äöü", "👋€ 👋\n", "gäö€👋👋a"])
      expect(merged(text, merges, tokens, (byte) => bytes[byte] ?? "")).toEqual(characters.encode(text));
    expect(kinds.slice(0, 8)).toEqual([3, 3, 3, 3, 3, 3, 3, 1]);
  });

  it("of bytes has no merges", async () => {
    const { tokens, merges } = await fields(new ByteTokenizer("pairs"));
    expect(merges).toEqual([]);
    expect(tokens).toHaveLength(260);
  });

  it("of byte pairs has ours, and names how text is cut", async () => {
    const bpe = await trainBpe(["the cat sat on the mat, the cat sat"], { vocabulary: 270, special: "chat" });
    const { metadata, merges, tokens } = await fields(bpe);
    expect(metadata.get("tokenizer.ggml.pre")).toBe("dbrx");
    expect(metadata.get("tokenizer.ggml.eos_token_id")).toBe(bpe.special.eos);
    expect(tokens).toHaveLength(270);
    expect(merges).toHaveLength(270 - 256 - 6);
    const bytes = (await fields(new ByteTokenizer())).tokens.slice(3);
    expect(merged(" the", merges, tokens, (byte) => bytes[byte] ?? "")).toEqual(bpe.encode(" the"));
  });
});

describe("encodeGguf", () => {
  it.each([
    [{ ...size, preset: "modern", bigrams: 60 }, "modern"],
    [{ ...size, gelu: "erf" }, "GELU"],
  ] as const)("refuses what llama.cpp does not compute", (options, why) => {
    const encode = () => encodeGguf(load(options), { type: "f32", name: "x" });
    expect(encode).toThrow(expect.objectContaining({ code: "cannot-export" }));
    expect(encode).toThrow(why);
  });

  it("refuses numbers that f16 does not have", () => {
    const checkpoint = load({ ...size, preset: "llama" });
    const { tokens } = checkpoint.model;
    checkpoint.weights.write(tokens, checkpoint.weights.read(tokens).fill(1e6, 3, 4));
    expect(() => encodeGguf(checkpoint, { type: "f16", name: "x" })).toThrow(
      "token_embd.weight holds 1000000",
    );
    expect(encodeGguf(checkpoint, { type: "q8_0", name: "x" }).length).toBeGreaterThan(0);
  });
});

describe("readGgufHeader", () => {
  const whole = encodeGguf(load({ ...size, preset: "llama" }), { type: "f16", name: "Pip" });
  const header = (bytes: Uint8Array) => readGgufHeader(bytesAsSource(bytes, "model.gguf"), lists);
  const codeOf = async (bytes: Uint8Array): Promise<string> => {
    try {
      await header(bytes);
      return "none";
    } catch (error) {
      return error instanceof ParrotletError ? error.code : String(error);
    }
  };

  it("refuses a file that is cut short, wherever", async () => {
    const { tensors } = await header(whole);
    const start = tensors[0]?.from ?? 0;
    for (let length = 0; length < start; length += 7)
      expect(await codeOf(whole.slice(0, length))).toBe("gguf-invalid");
    expect(await codeOf(whole.slice(0, whole.length - 64))).toBe("gguf-invalid");
    expect(await codeOf(whole)).toBe("none");
  });

  it("takes no damage from any byte, and believes no length", async () => {
    const { tensors } = await header(whole);
    const start = tensors[0]?.from ?? 0;
    for (let at = 0; at < start; at += 5) {
      for (const value of [0, 9, 0xff]) {
        const damaged = whole.slice();
        damaged[at] = value;
        expect(["none", "gguf-invalid"]).toContain(await codeOf(damaged));
      }
    }
  });
});
