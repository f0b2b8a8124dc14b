import { fromF16 } from "../../checkpoint/index.ts";
import type { HubTensor } from "./transformers-library.ts";
import type { LoadedTransformer } from "./transformers-model.ts";

/** A text that was read: what a model keeps of it, and what it says comes next. */
export interface ReadText {
  readonly length: number;
  readonly past: Readonly<Record<string, HubTensor>>;
  /** `[V]`, after the last token; the caller's to change. */
  readonly logits: Float32Array;
  /** Frees what is kept on an accelerator. */
  release(): void;
}

/** Feeds tokens to a model of transformers.js, one call at a time. */
export class TransformersDecoder {
  readonly #loaded: LoadedTransformer;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(loaded: LoadedTransformer) {
    this.#loaded = loaded;
  }

  /** Goes on with what was read before, which is then spent. */
  feed(ids: readonly number[], before?: ReadText): Promise<ReadText> {
    const reading = this.#last.then(() => this.#run(ids, before));
    this.#last = reading.catch(() => {});
    return reading;
  }

  /** Waits for what is being computed; nothing is computed after. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    await this.#loaded.model.dispose();
  }

  async #run(ids: readonly number[], before: ReadText | undefined): Promise<ReadText> {
    const { model, library } = this.#loaded;
    // Whoever goes on after the end sees that it was aborted.
    if (this.#closed)
      return before ?? { length: 0, past: {}, logits: new Float32Array(1), release: () => {} };
    const tensor = (shape: readonly number[], values: BigInt64Array): HubTensor =>
      new library.Tensor("int64", values, shape);
    const start = before?.length ?? 0;
    const length = start + ids.length;
    const output = await model({
      input_ids: tensor([1, ids.length], BigInt64Array.from(ids, BigInt)),
      attention_mask: tensor([1, length], new BigInt64Array(length).fill(1n)),
      position_ids: tensor(
        [1, ids.length],
        BigInt64Array.from(ids, (_, index) => BigInt(start + index)),
      ),
      // Of models that ask for it; they compute the last logits alone.
      num_logits_to_keep: tensor([], BigInt64Array.of(1n)),
      past_key_values: before ? before.past : null,
    });
    const past = pastOf(output);
    if (before) release(Object.values(before.past), Object.values(past));
    return {
      length,
      past,
      logits: lastLogits(output["logits"]),
      release: () => release(Object.values(past)),
    };
  }
}

/** What a model gives to be given back: `present.0.key` as `past_key_values.0.key`, `present_conv.0` as `past_conv.0`. */
function pastOf(output: Readonly<Record<string, HubTensor>>): Record<string, HubTensor> {
  const kept = Object.entries(output).filter(([name]) => name.startsWith("present"));
  return Object.fromEntries(
    kept.map(([name, tensor]) => [
      name.startsWith("present_")
        ? name.replace("present_", "past_")
        : name.replace("present", "past_key_values"),
      tensor,
    ]),
  );
}

/** Numbers in the processor's memory are freed with their tensors. */
function release(tensors: readonly HubTensor[], still: readonly HubTensor[] = []): void {
  for (const tensor of tensors)
    if (tensor.location === "gpu-buffer" && !still.includes(tensor)) tensor.dispose();
}

/** The last row of `[1, T, V]`, as a copy. */
function lastLogits(logits: HubTensor | undefined): Float32Array {
  if (!logits) throw new Error("the model gives no logits");
  const vocabulary = logits.dims.at(-1) ?? 0;
  const { data } = logits;
  const last = Array.prototype.slice.call(data, data.length - vocabulary) as number[];
  return data instanceof Uint16Array ? Float32Array.from(last, fromF16) : Float32Array.from(last);
}
