import type { HubModel, HubTensor, HubTokenizer, TransformersLibrary } from "./transformers-library.ts";
import type { LoadedTransformer } from "./transformers-model.ts";

const [BOS, USER, ASSISTANT, EOS] = [256, 257, 258, 259];
const VOCABULARY = 260;

class Numbers implements HubTensor {
  readonly location = "cpu";
  readonly type: string;
  readonly data: ArrayLike<number> & { readonly length: number };
  readonly dims: readonly number[];

  constructor(type: string, data: BigInt64Array | Float32Array, dims: readonly number[]) {
    this.type = type;
    this.data = data as Float32Array;
    this.dims = dims;
  }

  dispose(): void {}
}

const listOf = (tensor: unknown): number[] => Array.from((tensor as Numbers).data, Number);

/** A model of transformers.js without transformers.js, for tests: it says what it is told backwards, a byte a token. */
export function scriptedTransformer(): LoadedTransformer & { disposed: boolean } {
  const special = new Map(
    [BOS, USER, ASSISTANT, EOS].map((id, i) => [["<bos>", "<user>", "<assistant>", "<eos>"][i] ?? "", id]),
  );
  const tokenizer: HubTokenizer = {
    chat_template: "a template",
    eos_token_id: EOS,
    bos_token_id: BOS,
    pad_token_id: BOS,
    all_special_ids: [...special.values()],
    _tokenizerJSON: {
      decoder: { type: "Sequence", decoders: [{ type: "Replace", pattern: "▁" }, { type: "ByteFallback" }] },
      model: { vocab: Object.fromEntries(Array.from({ length: 256 }, (_, byte) => [hex(byte), byte])) },
      added_tokens: [...special].map(([content, id]) => ({ content, id })),
    },
    encode: (text) =>
      text
        .split(/(<bos>|<user>|<assistant>|<eos>)/)
        .flatMap((part) => special.get(part) ?? [...new TextEncoder().encode(part)]),
    decode: (ids) => ids.map((id) => [...special].find(([, each]) => each === id)?.[0] ?? hex(id)).join(""),
    apply_chat_template: (messages) =>
      `<bos>${messages.map(({ role, content }) => (role === "system" ? "" : `<${role}>${content}`)).join("")}<assistant>`,
  };
  const loaded = { disposed: false };
  const run = async (inputs: Readonly<Record<string, unknown>>): Promise<Record<string, HubTensor>> => {
    const before = inputs["past_key_values"] as Readonly<Record<string, HubTensor>> | null;
    const start = before ? listOf(before["past_key_values.0.key"]) : [];
    const ids = [...start, ...listOf(inputs["input_ids"])];
    if (loaded.disposed) throw new Error("the model is disposed of");
    if (
      listOf(inputs["attention_mask"]).length !== ids.length ||
      listOf(inputs["position_ids"])[0] !== start.length
    )
      throw new Error("mask and positions do not go with the tokens");
    return {
      logits: new Numbers("float32", logitsAfter(ids), [1, 1, VOCABULARY]),
      "present.0.key": new Numbers("float32", Float32Array.from(ids), [1, 1, ids.length, 1]),
    };
  };
  const model: HubModel = Object.assign(run, {
    config: { max_position_embeddings: 200, eos_token_id: EOS },
    dispose: async () => {
      loaded.disposed = true;
    },
  });
  const library = { Tensor: Numbers } as unknown as TransformersLibrary;
  return Object.assign(loaded, { library, model, tokenizer, name: "scripted" });
}

const hex = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;

/** 8 for the next byte of the newest message backwards, by characters; after a text, the text itself. */
function logitsAfter(ids: readonly number[]): Float32Array {
  const logits = Float32Array.from({ length: VOCABULARY }, (_, id) => ((id * 7919 + ids.length) % 101) / 100);
  const from = ids.lastIndexOf(ASSISTANT);
  const said = from < 0 ? [] : ids.slice(from + 1);
  const asked = ids.slice(ids.lastIndexOf(USER) + 1, from < 0 ? ids.length : from).filter((id) => id < 256);
  const text = new TextDecoder().decode(Uint8Array.from(asked));
  const reply = new TextEncoder().encode([...text].reverse().join(""));
  logits[reply[said.length] ?? EOS] = 8;
  return logits;
}
