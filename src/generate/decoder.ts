import { invariant, largest, ParrotletError } from "../base/index.ts";
import { compile, type Executable, Input, type ParameterLayout, type Program } from "../engine/index.ts";
import type { LanguageModel, ModelCache, Weights } from "../model/index.ts";

export interface DecoderOptions {
  readonly model: LanguageModel;
  readonly weights: Weights;
  /** Sequences decoded side by side. @default 1 */
  readonly rows?: number;
  /** Most tokens of a sequence, prompt and reply together. @default the context window */
  readonly capacity?: number;
}

/** Tokens of a prompt that are read at once. */
const BLOCK = 16;

/**
 * Feeds token sequences to a model and gives the logits of what comes next. What was fed is kept in a KV cache, so each
 * token is computed once.
 */
export class Decoder {
  readonly rows: number;
  readonly capacity: number;
  readonly #vocabulary: number;
  readonly #reader: Executable;
  readonly #stepper: Executable;
  readonly #block: number;
  /** All logits of the last step, and each row's part of them. */
  readonly #read: Float32Array;
  readonly #logits: Float32Array[];
  /** A block of each prompt, the position of each whose logits are wanted, and those. */
  readonly #blockIds: Int32Array;
  readonly #wanted: Int32Array;
  readonly #blockRead: Float32Array;
  readonly #lengths: number[];
  readonly #start: Int32Array;

  constructor({ model, weights, rows = 1, capacity = model.config.contextWindow }: DecoderOptions) {
    const { contextWindow, vocabulary } = model.config;
    invariant(capacity <= contextWindow, `a capacity of ${capacity} in a context window of ${contextWindow}`);
    this.rows = rows;
    this.capacity = capacity;
    this.#vocabulary = vocabulary;
    this.#block = Math.min(BLOCK, capacity);
    const cache = model.cache(rows, capacity);
    const program = (time: number): Program =>
      decodeProgram(model, weights.layout, cache, { rows, time, capacity });
    this.#reader = weights.device.load(program(this.#block), { parameters: weights.region });
    const shared = { parameters: weights.region, state: this.#reader.region("state") };
    this.#stepper = weights.device.load(program(1), shared);
    this.#read = new Float32Array(rows * vocabulary);
    this.#logits = Array.from({ length: rows }, (_, row) =>
      this.#read.subarray(row * vocabulary, (row + 1) * vocabulary),
    );
    this.#blockIds = new Int32Array(rows * this.#block);
    this.#wanted = new Int32Array(rows);
    this.#blockRead = new Float32Array(rows * vocabulary);
    this.#start = new Int32Array(rows);
    this.#lengths = new Array<number>(rows).fill(0);
  }

  /**
   * Starts anew with one prompt a row. Gives the logits after each prompt; they are overwritten by the next call.
   *
   * @throws {ParrotletError} `prompt-too-long`.
   */
  prefill(prompts: readonly (readonly number[])[]): readonly Float32Array[] {
    invariant(prompts.length === this.rows, `${prompts.length} prompts for ${this.rows} rows`);
    for (const { length } of prompts) this.#checkLength(length);
    for (const [row, { length }] of prompts.entries()) this.#lengths[row] = length;
    const longest = largest(this.#lengths);
    for (let from = 0; from < longest; from += this.#block) {
      // The last block of a full cache begins earlier and reads some tokens again, to the same effect.
      this.#readBlock(prompts, Math.min(from, this.capacity - this.#block));
    }
    return this.#logits;
  }

  #checkLength(length: number): void {
    invariant(length > 0, "an empty prompt");
    if (length <= this.capacity) return;
    const message =
      `The prompt is ${length} tokens, but the model's context window holds ${this.capacity}. ` +
      `Shorten it by ${length - this.capacity} or more.`;
    throw new ParrotletError("prompt-too-long", message);
  }

  /** Feeds a block of each prompt; of the logits, those after a prompt's last token are kept. */
  #readBlock(prompts: readonly (readonly number[])[], start: number): void {
    const [block, vocabulary] = [this.#block, this.#vocabulary];
    for (const [row, prompt] of prompts.entries()) {
      for (let t = 0; t < block; t++) this.#blockIds[row * block + t] = prompt[start + t] ?? 0;
      this.#wanted[row] = row * block + (endsWithin(prompt, start, block) ? prompt.length - 1 - start : 0);
    }
    this.#reader.write("wanted", this.#wanted);
    this.#run(this.#reader, this.#blockIds, this.#start.fill(start));
    this.#reader.readInto("logits", this.#blockRead);
    for (const [row, prompt] of prompts.entries()) {
      if (!endsWithin(prompt, start, block)) continue;
      this.#logits[row]?.set(this.#blockRead.subarray(row * vocabulary, (row + 1) * vocabulary));
    }
  }

  /** Goes on by one token a row. What it gives for a row that is full means nothing. */
  step(tokens: readonly number[]): readonly Float32Array[] {
    for (let row = 0; row < this.rows; row++) {
      const length = this.#lengths[row] ?? 0;
      this.#start[row] = Math.min(length, this.capacity - 1);
      this.#lengths[row] = Math.min(this.capacity, length + 1);
    }
    this.#run(this.#stepper, tokens, this.#start);
    this.#stepper.readInto("logits", this.#read);
    return this.#logits;
  }

  /** The tokens that each row holds. */
  get lengths(): readonly number[] {
    return this.#lengths;
  }

  release(): void {
    this.#stepper.release();
    this.#reader.release();
  }

  #run(executable: Executable, ids: ArrayLike<number>, start: ArrayLike<number>): void {
    executable.write("ids", ids);
    executable.write("start", start);
    executable.run();
  }
}

const endsWithin = ({ length }: readonly number[], start: number, block: number): boolean =>
  length > start && length <= start + block;

/** Feeds `time` tokens a row. Of several, the logits of one are computed: that which `wanted` names. */
function decodeProgram(
  model: LanguageModel,
  layout: ParameterLayout,
  kept: ModelCache,
  { rows, time, capacity }: { rows: number; time: number; capacity: number },
): Program {
  const ids = new Input("ids", [rows, time], { dtype: "i32", below: model.config.vocabulary });
  const start = new Input("start", [rows], { dtype: "i32", below: capacity - time + 1 });
  const wanted = new Input("wanted", [rows, 1], { dtype: "i32", below: rows * time });
  const pass = { cache: { ...kept, start }, ...(time > 1 ? { wanted } : {}) };
  return compile({ layout, outputs: { logits: model.forward(ids, pass) }, inputs: [wanted] });
}
