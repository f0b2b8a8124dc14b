import { present } from "../base/index.ts";
import {
  atStateRow,
  compile,
  type Executable,
  Input,
  type Program,
  type Region,
  type Slot,
  type State,
  sizeOf,
} from "../engine/index.ts";
import type { LanguageModel, ModelCache, Weights } from "../model/index.ts";

/** Tokens of a prompt that are read at once. */
export const BLOCK = 16;

/** Rows that are computed together: the fewest of these that suffice, so at most half as many again as are needed. */
const SIZES = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32] as const;

/**
 * The most rows of one program. Up to so many, products are summed in one order, so that a text's bits do not depend on how
 * many others are decoded beside it; see `method_of` in kernels/matmul.c.
 */
export const TOGETHER = 32;

/** Products with the head of 1 or 2 rows less deep than this are summed in another order than those of 3: they take 3. */
const [SHALLOW, LEAST_ROWS] = [128, 3];

/** A program over some rows, with what is written to it and read from it. */
export class RowProgram {
  readonly rows: number;
  readonly ids: Int32Array;
  readonly start: Int32Array;
  /** Of each row; overwritten by the next run. */
  readonly logits: readonly Float32Array[];
  /** The logits of the first so many rows. */
  readonly #read: readonly Float32Array[];
  readonly #wanted: Int32Array;
  readonly #time: number;
  readonly #executable: Executable;

  constructor(executable: Executable, vocabulary: number) {
    const { ids, start, wanted } = executable.program.inputs;
    this.#executable = executable;
    this.#wanted = new Int32Array(sizeOf(wanted?.shape ?? []));
    this.#time = ids?.shape[1] ?? 0;
    this.rows = start?.shape[0] ?? 0;
    this.ids = new Int32Array(sizeOf(ids?.shape ?? []));
    this.start = new Int32Array(this.rows);
    const all = new Float32Array(this.rows * vocabulary);
    const part = (from: number, to: number): Float32Array => all.subarray(from * vocabulary, to * vocabulary);
    this.logits = Array.from({ length: this.rows }, (_, row) => part(row, row + 1));
    this.#read = Array.from({ length: this.rows + 1 }, (_, rows) => part(0, rows));
  }

  /** @param rows Of how many rows logits are read. @param wanted Of a row's tokens, the one whose logits are wanted, where there are several. */
  run(rows: number, wanted = 0): void {
    const executable = this.#executable;
    executable.write("ids", this.ids);
    executable.write("start", this.start);
    if (this.#time > 1) this.#wanted.fill(wanted);
    else for (let at = 0; at < this.#wanted.length; at++) this.#wanted[at] = Math.min(at, this.rows - 1);
    executable.write("wanted", this.#wanted);
    executable.run();
    if (rows > 0) executable.readInto("logits", present(this.#read[rows], "logits"));
  }
}

/** The KV cache of so many rows, and programs that work on some of them: each is made when it is first needed. */
export class BatchPrograms {
  readonly rows: number;
  readonly capacity: number;
  readonly block: number;
  readonly #model: LanguageModel;
  readonly #weights: Weights;
  readonly #cache: ModelCache;
  readonly #states: Readonly<Record<string, State>>;
  readonly #region: Region;
  /** By the tokens of a row, the number of rows and the row that is the first. */
  readonly #loaded = new Map<string, RowProgram>();
  readonly #executables: Executable[] = [];
  /** The same programs at row 0, whose memory the others share. */
  readonly #firsts = new Map<string, Executable>();
  readonly #slots: Readonly<Record<string, Slot>>;

  constructor(model: LanguageModel, weights: Weights, rows: number, capacity: number) {
    this.rows = rows;
    this.capacity = capacity;
    this.block = Math.min(BLOCK, capacity);
    this.#model = model;
    this.#weights = weights;
    this.#cache = model.cache(rows, capacity);
    this.#states = statesOf(model, this.#cache);
    const program = this.#compile(1, this.block);
    this.#slots = program.outputs;
    this.#region = weights.device.allocate(program.regions.state);
  }

  /** Rows that are computed where `count` are needed: of many, whole programs and the rest. */
  sizeFor(count: number): number {
    const whole = Math.floor(count / TOGETHER) * TOGETHER;
    const rest = count - whole;
    return Math.min(this.rows, whole + (rest > 0 ? (SIZES.find((size) => size >= rest) ?? rest) : 0));
  }

  /** Reads a block of a prompt into a row. */
  reader(row: number): RowProgram {
    return this.#get(this.block, 1, row);
  }

  /** Feeds a token to each of `rows` rows from `first` on. */
  stepper(rows: number, first: number): RowProgram {
    return this.#get(1, rows, first);
  }

  /** Copies what the cache holds of the first `count` tokens of a row; `from` may be another cache of the same model. */
  copyRow(from: BatchPrograms, row: number, to: number, count: number): void {
    for (const [name, { shape }] of Object.entries(this.#states)) {
      const [source, target] = [present(from.#slots[name], name), present(this.#slots[name], name)];
      const inner = shape.slice(1);
      const stride = sizeOf(inner);
      // Keys lie position beside position, in `G D` strips of `S`; values and tokens token by token.
      const strips = inner.length === 3 ? (inner[0] ?? 1) * (inner[1] ?? 1) : 1;
      const words = inner.length === 2 ? count * (inner[1] ?? 1) : count;
      for (let strip = 0; strip < strips; strip++) {
        const skip = (strip * stride) / strips;
        const begin = source.offset + row * stride + skip;
        this.#region.copy(from.#region, begin, target.offset + to * stride + skip, words);
      }
    }
  }

  release(): void {
    for (const executable of this.#executables.reverse()) executable.release();
    this.#region.release();
  }

  #get(time: number, rows: number, first: number): RowProgram {
    const key = `${time} ${rows} ${first}`;
    let found = this.#loaded.get(key);
    if (!found) {
      found = this.#load(time, rows, first);
      this.#loaded.set(key, found);
    }
    return found;
  }

  #load(time: number, rows: number, row: number): RowProgram {
    const { device, region: parameters } = this.#weights;
    const own = { parameters, state: this.#region };
    const key = `${time} ${rows}`;
    let first = this.#firsts.get(key);
    if (!first) {
      first = device.load(this.#compile(rows, time), own);
      this.#firsts.set(key, first);
      this.#executables.push(first);
    }
    if (row === 0) return new RowProgram(first, this.#model.config.vocabulary);
    const program = atStateRow(first.program, Object.keys(this.#states), row);
    const [activations, exchange] = [first.region("activations"), first.region("exchange")];
    const moved = device.load(program, { ...own, activations, exchange });
    this.#executables.push(moved);
    return new RowProgram(moved, this.#model.config.vocabulary);
  }

  /** Feeds `time` tokens a row. Of several, the logits of one are computed: that which `wanted` names. */
  #compile(rows: number, time: number): Program {
    const { vocabulary, width } = this.#model.config;
    const ids = new Input("ids", [rows, time], { dtype: "i32", below: vocabulary });
    const start = new Input("start", [rows], { dtype: "i32", below: this.capacity - time + 1 });
    const few = width < SHALLOW && rows < LEAST_ROWS;
    const wanted = new Input("wanted", [1, few ? LEAST_ROWS : 1], { dtype: "i32", below: rows * time });
    const pass = { cache: { ...this.#cache, start }, ...(time > 1 || few ? { wanted } : {}) };
    const outputs = { logits: this.#model.forward(ids, pass), ...this.#states };
    return compile({ layout: this.#weights.layout, outputs, inputs: [wanted] });
  }
}

/** Bytes that the cache of one row takes. */
export function bytesPerRow(model: LanguageModel, capacity: number): number {
  const states = Object.values(statesOf(model, model.cache(1, capacity)));
  return states.reduce((sum, { size }) => sum + 4 * size, 0);
}

/** The tensors of a cache by name; the tokens only where the model looks at them. */
function statesOf(model: LanguageModel, { layers, tokens }: ModelCache): Record<string, State> {
  const keptTokens = model.config.bigrams > 0 ? [["tokens", tokens] as const] : [];
  const kept = layers.flatMap(({ keys, values }, layer) => [
    [`layers.${layer}.keys`, keys] as const,
    [`layers.${layer}.values`, values] as const,
  ]);
  return Object.fromEntries([...kept, ...keptTokens]);
}
