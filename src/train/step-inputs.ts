import type { Executable } from "../engine/index.ts";
import type { Task } from "./task.ts";
import { batchInputs } from "./train-program.ts";

/** What the steps of a call read, in arrays that are filled again and again. */
export class StepInputs {
  readonly #task: Task;
  readonly #accumulate: number;
  readonly #ids: Int32Array;
  readonly #targets: Int32Array;
  readonly #segments: Int32Array;
  readonly #shares: Float32Array;

  /** @param steps The most steps of a call. */
  constructor(task: Task, accumulate: number, steps: number) {
    const size = task.batch * task.time * steps;
    this.#task = task;
    this.#accumulate = accumulate;
    this.#ids = new Int32Array(accumulate * size);
    this.#targets = new Int32Array(accumulate * size);
    this.#segments = new Int32Array(task.packed ? accumulate * size : 0);
    this.#shares = new Float32Array(accumulate * steps);
  }

  /** Fills in `count` steps after step `done`. */
  write(program: Executable, done: number, count: number): void {
    const { batch, time, packed } = this.#task;
    const size = batch * time;
    const into = { ids: this.#ids, targets: this.#targets, ...(packed ? { segments: this.#segments } : {}) };
    // Batch by batch as they follow each other in time; in the arrays, all first batches of the steps stand first.
    for (let step = 0; step < count; step++) {
      for (let index = 0; index < this.#accumulate; index++) {
        this.#task.fill((done + step) * this.#accumulate + index, into, (index * count + step) * size);
      }
    }
    if (this.#accumulate > 1) this.#share(count);
    for (let index = 0; index < this.#accumulate; index++) {
      const names = batchInputs(index);
      const [from, to] = [index * count * size, (index + 1) * count * size];
      program.write(names.ids, this.#ids.subarray(from, to));
      program.write(names.targets, this.#targets.subarray(from, to));
      if (packed) program.write(names.segments, this.#segments.subarray(from, to));
      if (this.#accumulate > 1)
        program.write(names.share, this.#shares.subarray(index * count, (index + 1) * count));
    }
  }

  /** What part of a step's targets is in each of its batches: every target then weighs the same. */
  #share(count: number): void {
    const size = this.#task.batch * this.#task.time;
    const counted = (place: number): number => {
      let sum = 0;
      for (let i = place * size; i < (place + 1) * size; i++) sum += Number((this.#targets[i] ?? -1) >= 0);
      return sum;
    };
    for (let step = 0; step < count; step++) {
      const counts = Array.from({ length: this.#accumulate }, (_, index) => counted(index * count + step));
      const all = counts.reduce((sum, each) => sum + each, 0);
      for (const [index, each] of counts.entries())
        this.#shares[index * count + step] = all > 0 ? each / all : 0;
    }
  }
}
