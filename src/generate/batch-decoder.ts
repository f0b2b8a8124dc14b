import { invariant, ParrotletError, present } from "../base/index.ts";
import type { LanguageModel, Weights } from "../model/index.ts";
import { BatchPrograms, bytesPerRow, TOGETHER } from "./batch-programs.ts";

export interface BatchDecoderOptions {
  readonly model: LanguageModel;
  readonly weights: Weights;
  /** Sequences decoded side by side at most, 1 to 64; fewer where they take more than `memory`. @default 64 */
  readonly mostRows?: number | undefined;
  /** Most tokens of a sequence, prompt and reply together. @default the context window */
  readonly capacity?: number | undefined;
  /** Bytes that the KV cache may take; one row is always there. @default 256 MiB */
  readonly memory?: number | undefined;
}

const MOST_ROWS = 64;
const MEMORY = 2 ** 28;
/** Rows that are there from the beginning take up to so many bytes. */
const FIRST_MEMORY = 2 ** 24;
/** Rows grow by this factor: a cache that grows is copied. */
const GROWTH = 4;
/** A beginning of fewer tokens than this is not worth keeping a row for. */
const WORTH_KEEPING = 4;

/** One text among those that a `BatchDecoder` decodes. */
export class Sequence {
  /** The prompt, and what was fed after it. The cache holds the first `filled`. */
  readonly tokens: number[];
  filled = 0;
  /** Tokens of the prompt that a row held already. */
  reused = 0;
  row: number;
  /** What comes next; overwritten by the next call of the decoder. */
  logits: Float32Array = new Float32Array();
  /** The token that the next step feeds; -1 for none. */
  next = -1;

  constructor(prompt: readonly number[], row: number) {
    this.tokens = [...prompt];
    this.row = row;
  }

  get isRead(): boolean {
    return this.filled >= this.tokens.length;
  }
}

/** A row of the cache: whose it is, or what it still holds. */
interface Place {
  sequence: Sequence | undefined;
  held: readonly number[];
  /** When it became free, counted in sequences. */
  freed: number;
}

/**
 * Decodes many sequences side by side, each of which begins and ends on its own. Prompts are read in blocks between the
 * steps of the others. The work follows the number of sequences; a row that one leaves keeps its tokens, and another that
 * begins with the same ones reads only the rest.
 *
 * @see Yu et al. 2022, iteration-level scheduling (Orca). https://www.usenix.org/conference/osdi22/presentation/yu
 */
export class BatchDecoder {
  readonly capacity: number;
  /** The sequences that there may be at once. It falls where memory is short. */
  mostRows: number;
  readonly #model: LanguageModel;
  readonly #weights: Weights;
  #programs: BatchPrograms;
  readonly #places: Place[] = [];
  /** Sequences whose prompt is not yet read, the oldest first. */
  readonly #unread: Sequence[] = [];
  /** Those that the last step fed, whose logits say what comes next. */
  readonly stepped: Sequence[] = [];
  #taken = 0;
  #clock = 0;

  constructor(options: BatchDecoderOptions) {
    const { model, weights, mostRows = MOST_ROWS, memory = MEMORY } = options;
    const { contextWindow } = model.config;
    const { capacity = contextWindow } = options;
    invariant(capacity <= contextWindow, `a capacity of ${capacity} in a context window of ${contextWindow}`);
    const bytes = bytesPerRow(model, capacity);
    const fitting = (most: number): number => Math.max(1, Math.floor(most / bytes));
    this.capacity = capacity;
    this.mostRows = Math.max(1, Math.min(mostRows, MOST_ROWS, fitting(memory)));
    this.#model = model;
    this.#weights = weights;
    this.#programs = this.#make(Math.min(this.mostRows, fitting(FIRST_MEMORY)));
  }

  /** Sequences that have a row. */
  get taken(): number {
    return this.#taken;
  }

  /** Some prompt is not yet read. */
  get reads(): boolean {
    return this.#unread.length > 0;
  }

  /** A row for a prompt, which is then to be read; nothing where all rows are taken. */
  begin(prompt: readonly number[]): Sequence | undefined {
    invariant(prompt.length > 0 && prompt.length <= this.capacity, `a prompt of ${prompt.length} tokens`);
    if (this.#taken >= this.mostRows) return undefined;
    if (this.#taken >= this.#programs.rows && !this.#grow()) return undefined;
    const { row, shared } = this.#choose(prompt);
    const place = present(this.#places[row], "a row");
    const sequence = new Sequence(prompt, row);
    sequence.reused = shared;
    sequence.filled = shared;
    place.sequence = sequence;
    place.held = [];
    this.#taken++;
    this.#unread.push(sequence);
    return sequence;
  }

  /** Reads a block of the oldest prompt that is unread; gives its sequence, with logits, where that was all of it. */
  read(): Sequence | undefined {
    const sequence = this.#unread[0];
    if (!sequence) return undefined;
    const { tokens, row } = sequence;
    const { block } = this.#programs;
    const reader = this.#programs.reader(row);
    // The last block of a full cache begins earlier and reads some tokens again, to the same effect.
    const start = Math.min(sequence.filled, this.capacity - block);
    const end = Math.min(start + block, tokens.length);
    for (let t = 0; t < block; t++) reader.ids[t] = tokens[start + t] ?? 0;
    reader.start[0] = start;
    const last = end === tokens.length;
    reader.run(last ? 1 : 0, end - 1 - start);
    sequence.filled = end;
    if (!last) return undefined;
    sequence.logits = present(reader.logits[0], "logits");
    this.#unread.shift();
    return sequence;
  }

  /** Feeds its `next` to each sequence that has one. */
  step(): void {
    this.stepped.length = 0;
    const [first, end] = this.#window();
    for (let row = first; row < end; row += TOGETHER) this.#stepRows(row, Math.min(TOGETHER, end - row));
  }

  #stepRows(first: number, count: number): void {
    const stepper = this.#programs.stepper(count, first);
    for (let at = 0; at < count; at++) {
      const place = this.#places[first + at];
      const sequence = place?.sequence;
      const length = sequence?.filled ?? place?.held.length ?? 0;
      // A row that does not step writes where nothing is: behind what it holds.
      stepper.start[at] = Math.min(length, this.capacity - 1);
      stepper.ids[at] = sequence && sequence.next >= 0 ? sequence.next : 0;
      if (!sequence && place && length === this.capacity) place.held = place.held.slice(0, -1);
    }
    stepper.run(count);
    for (let at = 0; at < count; at++) {
      const sequence = this.#places[first + at]?.sequence;
      if (!sequence || sequence.next < 0) continue;
      sequence.tokens.push(sequence.next);
      sequence.filled++;
      sequence.next = -1;
      sequence.logits = present(stepper.logits[at], "logits");
      this.stepped.push(sequence);
    }
  }

  /** Frees the row of a sequence. */
  end(sequence: Sequence): void {
    const place = this.#places[sequence.row];
    invariant(place?.sequence === sequence, "a sequence that has ended");
    place.sequence = undefined;
    place.held = sequence.tokens.slice(0, sequence.filled);
    place.freed = ++this.#clock;
    this.#taken--;
    const at = this.#unread.indexOf(sequence);
    if (at >= 0) this.#unread.splice(at, 1);
  }

  release(): void {
    this.#programs.release();
  }

  /** The rows to compute: from the first to the end. Where they lie too far apart, the last move into free ones. */
  #window(): readonly [first: number, end: number] {
    let stepping = 0;
    let [first, last] = [-1, -1];
    for (let row = 0; row < this.#places.length; row++) {
      const sequence = this.#places[row]?.sequence;
      if (!sequence || sequence.next < 0) continue;
      stepping++;
      last = row;
      if (first < 0) first = row;
    }
    if (stepping === 0) return [0, 0];
    if (stepping === 1) return [first, first + 1];
    const size = this.#programs.sizeFor(this.#taken);
    for (; last >= size; last--) {
      const sequence = this.#places[last]?.sequence;
      if (sequence) this.#move(sequence);
    }
    return [0, this.#programs.sizeFor(last + 1)];
  }

  /** Moves a sequence to the free row that has been free the longest among the first. */
  #move(sequence: Sequence): void {
    const from = present(this.#places[sequence.row], "a row");
    let to = -1;
    for (let row = 0; row < sequence.row; row++) {
      const place = present(this.#places[row], "a row");
      if (!place.sequence && (to < 0 || place.freed < (this.#places[to]?.freed ?? 0))) to = row;
    }
    const target = present(this.#places[to], "a free row");
    this.#programs.copyRow(this.#programs, sequence.row, to, sequence.filled);
    target.sequence = sequence;
    target.held = [];
    from.sequence = undefined;
    from.held = [];
    from.freed = 0;
    sequence.row = to;
  }

  /** The free row that holds the longest beginning of a prompt, else the one that has been free the longest. */
  #choose(prompt: readonly number[]): { row: number; shared: number } {
    // Rows lie near each other where many are taken; one alone may have any.
    const near = this.#taken === 0 ? this.#places.length : this.#programs.sizeFor(this.#taken + 1);
    let best = { row: -1, shared: 0 };
    let oldest = -1;
    for (const [row, { sequence, held, freed }] of this.#places.entries()) {
      if (sequence) continue;
      const shared = sharedLength(held, prompt);
      if (shared >= WORTH_KEEPING && shared > best.shared) best = { row, shared };
      if (row < near && (oldest < 0 || freed < (this.#places[oldest]?.freed ?? 0))) oldest = row;
    }
    if (best.row >= 0) return best;
    const row = oldest >= 0 ? oldest : this.#places.findIndex(({ sequence }) => !sequence);
    return { row, shared: sharedLength(this.#places[row]?.held ?? [], prompt) };
  }

  /** More rows, with what the present ones hold; false where there is no memory for them, and then there never are. */
  #grow(): boolean {
    const old = this.#programs;
    try {
      this.#programs = this.#make(Math.min(this.mostRows, GROWTH * old.rows));
    } catch (error) {
      if (!(error instanceof ParrotletError && error.code === "out-of-memory")) throw error;
      this.mostRows = old.rows;
      return false;
    }
    for (const [row, { sequence, held }] of this.#places.entries()) {
      if (row < old.rows) this.#programs.copyRow(old, row, row, sequence?.filled ?? held.length);
    }
    old.release();
    return true;
  }

  #make(rows: number): BatchPrograms {
    const programs = new BatchPrograms(this.#model, this.#weights, rows, this.capacity);
    while (this.#places.length < rows) this.#places.push({ sequence: undefined, held: [], freed: 0 });
    return programs;
  }
}

/** Tokens of a prompt that a row holds; never all, for the last one gives the logits. */
function sharedLength(held: readonly number[], prompt: readonly number[]): number {
  const most = Math.min(held.length, prompt.length - 1);
  let shared = 0;
  while (shared < most && held[shared] === prompt[shared]) shared++;
  return shared;
}
