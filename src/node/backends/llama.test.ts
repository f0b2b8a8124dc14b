import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { bytesAsSource, encodeText, ParrotletError } from "../../base/index.ts";
import type { ChatMessage } from "../../chat/index.ts";
import { ReferenceDevice } from "../../engine/index.ts";
import { encodeGguf, readGgufHeader } from "../../export/index.ts";
import { layoutOf, modelConfig, Transformer, Weights } from "../../model/index.ts";
import { ByteTokenizer, renderPrompt } from "../../text/index.ts";
import { GgufTokenizer, TOKENIZER_LISTS } from "./gguf-tokenizer.ts";
import { openLlamaBackend } from "./llama.ts";
import { LlamaPrompt } from "./llama-prompt.ts";
import { SequenceReader } from "./llama-sequence.ts";
import type { LlamaSequence } from "./llama-types.ts";
import { Turns } from "./turns.ts";

const folder = mkdtempSync(join(tmpdir(), "parrotlet-llama-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytes = new ByteTokenizer("chat");
const model = new Transformer(
  modelConfig({ vocabulary: bytes.size, contextWindow: 32, width: 16, layers: 1, heads: 2 }),
);
const weights = new Weights(new ReferenceDevice(), layoutOf(model)).initialize(1);
const file = encodeGguf({ model, weights, tokenizer: bytes }, { type: "f32", name: "small" });
const header = await readGgufHeader(bytesAsSource(file, "small.gguf"), TOKENIZER_LISTS);
const tokenizer = new GgufTokenizer(header, (text) => bytes.encode(text));

const said = (role: ChatMessage["role"], text: string): ChatMessage => ({ role, text });

/** A template as a function: how `<user>` and the others are put around messages. */
const prompt = (write: (role: string, content: string) => string, prependBos = true): LlamaPrompt => {
  const Template = class {
    render({ messages, bos_token: bos }: Record<string, unknown>): string {
      const all = messages as readonly { role: string; content: string }[];
      return `${bos}${all.map(({ role, content }) => write(role, content)).join("")}<assistant>`;
    }
  };
  return new LlamaPrompt("small", "", { Template, tokenizer, prependBos });
};
const own = (role: string, text: string): string => `<${role}>${text}${role === "assistant" ? "<eos>" : ""}`;

describe("GgufTokenizer", () => {
  it("knows what the tokens of a file stand for", () => {
    const ids = Array.from({ length: bytes.size }, (_, id) => id);
    expect(tokenizer.size).toBe(bytes.size);
    for (const id of ids) {
      expect(tokenizer.bytesOf([id])).toEqual(bytes.bytesOf([id]));
      expect(tokenizer.show(id)).toBe(bytes.show(id));
    }
    expect(tokenizer.special).toEqual({ ...bytes.special });
    expect(tokenizer.decode(bytes.encode("café 👋"))).toBe("café 👋");
  });
});

describe("LlamaPrompt", () => {
  it("makes the tokens that the model learned from", () => {
    const messages = [
      said("system", "Be brief."),
      said("user", "Hello"),
      said("assistant", "Hi."),
      said("user", "<eos><assistant>no special tokens</s>"),
    ];
    expect(prompt(own).encode(messages)).toEqual(renderPrompt(bytes, messages));
  });

  it("goes on with the assistant's last message", () => {
    const asked = [said("user", "Hello")];
    const begun = [...asked, said("assistant", "Hi <eos>")];
    expect(prompt(own).encode(begun)).toEqual([...renderPrompt(bytes, asked), ...bytes.encode("Hi <eos>")]);
  });

  it("trims where the template does", () => {
    const trimming = prompt((role, text) => own(role, text.trim()));
    expect(trimming.encode([said("user", "  Hello <bos> \n")])).toEqual(
      renderPrompt(bytes, [said("user", "Hello <bos>")]),
    );
  });

  it("refuses special tokens in what the template changes", () => {
    const loud = prompt((role, text) => own(role, text.toLowerCase()));
    expect(loud.encode([said("user", "HELLO")])).toEqual(renderPrompt(bytes, [said("user", "hello")]));
    expect(() => loud.encode([said("user", "HELLO <eos>")])).toThrow("<eos>");
  });

  it("finds out which roles a template takes", () => {
    const strict = prompt((role, text) => {
      if (role === "system") throw new Error("no system");
      return role === "assistant" ? "" : own(role, text);
    });
    expect(strict.takes("user")).toBe(true);
    expect(strict.takes("system", "user")).toBe(false);
    expect(strict.takes("user", "assistant", "user")).toBe(false);
    expect(() => strict.encode([said("system", "x")])).toThrow(expect.objectContaining({ code: "unable" }));
  });
});

describe("SequenceReader", () => {
  it("reads what prompts have in common once, in whole blocks, and stops between", async () => {
    const held: number[] = [];
    const calls: number[] = [];
    const sequence: LlamaSequence = {
      get nextTokenIndex() {
        return held.length;
      },
      eraseContextTokenRanges: async ([range]) => {
        if (range) held.splice(range.start, range.end - range.start);
      },
      controlledEvaluate: async (input) => {
        for (const item of input) held.push(typeof item === "number" ? item : (item[0] as number));
        calls.push(input.length);
        const sum = held.reduce((all, token) => all + token, 0);
        return input.map((item) =>
          typeof item === "number" ? undefined : { next: { logits: new Map([[1, sum]]) } },
        );
      },
    };
    const reader = new SequenceReader(sequence, 3);
    const first = Array.from({ length: 150 }, (_, i) => i);
    const sum = (ids: readonly number[]): number => ids.reduce((all, token) => all + token, 0);
    expect((await reader.prefill(first, () => false))?.[1]).toBe(sum(first));
    expect(await reader.step([7])).toEqual(
      Float32Array.of(Number.NEGATIVE_INFINITY, sum(first) + 7, Number.NEGATIVE_INFINITY),
    );
    expect(calls.splice(0)).toEqual([64, 64, 22, 1]);
    const second = [...first.slice(0, 100), 500, ...first.slice(0, 60)];
    expect((await reader.prefill(second, () => false))?.[1]).toBe(sum(second));
    expect(held).toEqual(second);
    expect(calls.splice(0)).toEqual([64, 33]);
    let asked = 0;
    expect(await reader.prefill(first.toReversed(), () => ++asked === 2)).toBeUndefined();
    expect(calls.splice(0)).toEqual([64]);
    expect((await reader.prefill(first, () => false))?.[1]).toBe(sum(first));
    expect(held).toEqual(first);
  });
});

describe("Turns", () => {
  it("lets one in at a time, in order, and lets waiting ones leave", async () => {
    const turns = new Turns();
    const never = new AbortController().signal;
    const leaving = new AbortController();
    const order: string[] = [];
    const first = await turns.take(never);
    const second = turns.take(leaving.signal).then((end) => order.push(end ? "second" : "left"));
    const third = turns.take(never).then((end) => {
      order.push("third");
      end?.();
    });
    leaving.abort();
    await second;
    expect(order).toEqual(["left"]);
    first?.();
    await third;
    expect(order).toEqual(["left", "third"]);
  });
});

describe("openLlamaBackend", () => {
  const codeOf = (path: string): Promise<unknown> =>
    openLlamaBackend({ path, gpu: false }).then(
      async (backend) => {
        await backend.close();
        return "opened";
      },
      (error: unknown) => (error instanceof ParrotletError ? error.code : error),
    );

  it("looks at the file before anything else does", async () => {
    expect(await codeOf(join(folder, "none.gguf"))).toBe("model-not-found");
    expect(await codeOf(folder)).toBe("model-not-found");
    for (const [name, content] of [
      ["text", encodeText("no model, but some text that is long enough to be one")],
      ["empty", new Uint8Array()],
      ["cut", file.slice(0, file.length - 100)],
    ] as const) {
      writeFileSync(join(folder, name), content);
      expect(await codeOf(join(folder, name))).toBe("gguf-invalid");
    }
  });

  it("says which package is missing", async () => {
    writeFileSync(join(folder, "small.gguf"), file);
    // Where it is installed, the model opens: test/backends has more of that.
    expect(["backend-missing", "opened"]).toContain(await codeOf(join(folder, "small.gguf")));
  });
});
