import type { ReadProblem } from "../item.ts";

/** Problems that are kept; a file of another kind can have one on each line. */
const KEPT = 1000;

/** What could not be used of a file: the first problems, and how many there were. */
export class Problems {
  readonly file: string;
  readonly list: ReadProblem[] = [];
  #count = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** All of them, also those that are not kept. */
  get count(): number {
    return this.#count;
  }

  add(line: number, message: string): void {
    this.#count++;
    if (this.list.length < KEPT) this.list.push({ file: this.file, line, message });
  }
}
