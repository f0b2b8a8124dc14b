import { invariant, present } from "../../base/index.ts";
import { aligned } from "../layout.ts";

interface Hole {
  offset: number;
  words: number;
}

/** Hands out stretches of a growing arena: first fit, and neighbours that are given back become one again. */
export class Heap {
  #end = 0;
  readonly #holes: Hole[] = [];

  /** The first word past everything handed out so far: the arena must reach up to here. */
  get end(): number {
    return this.#end;
  }

  /** The first word of a free stretch. */
  allocate(words: number): number {
    const wanted = aligned(Math.max(words, 1));
    const at = this.#holes.findIndex((hole) => hole.words >= wanted);
    if (at < 0) {
      const offset = this.#end;
      this.#end += wanted;
      return offset;
    }
    const hole = present(this.#holes[at], "a hole");
    const { offset } = hole;
    hole.offset += wanted;
    hole.words -= wanted;
    if (hole.words === 0) this.#holes.splice(at, 1);
    return offset;
  }

  /** Takes back what `allocate(words)` gave; the last words make the arena shorter. */
  free(offset: number, words: number): void {
    const given = { offset, words: aligned(Math.max(words, 1)) };
    const end = offset + given.words;
    const overlap = this.#holes.some((hole) => hole.offset < end && offset < hole.offset + hole.words);
    invariant(!overlap && end <= this.#end, `${words} words at ${offset} are given back twice`);
    this.#holes.push(given);
    this.#holes.sort((a, b) => a.offset - b.offset);
    for (let index = this.#holes.length - 1; index > 0; index--) {
      const [before, after] = [this.#holes[index - 1], this.#holes[index]];
      if (before && after && before.offset + before.words === after.offset) {
        before.words += after.words;
        this.#holes.splice(index, 1);
      }
    }
    const last = this.#holes.at(-1);
    if (last && last.offset + last.words === this.#end) {
      this.#end = last.offset;
      this.#holes.pop();
    }
  }
}
