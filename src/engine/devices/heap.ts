import { present } from "../../base/index.ts";
import { aligned } from "../layout.ts";

interface Hole {
  offset: number;
  words: number;
}

/** Hands out stretches of a growing arena: first fit, and neighbours that are given back become one again. */
export class Heap {
  #end: number;
  readonly #holes: Hole[] = [];

  /** @param start The first word that may be handed out. */
  constructor(start: number) {
    this.#end = aligned(start);
  }

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

  free(offset: number, words: number): void {
    this.#holes.push({ offset, words: aligned(Math.max(words, 1)) });
    this.#holes.sort((a, b) => a.offset - b.offset);
    for (let index = this.#holes.length - 1; index > 0; index--) {
      const [before, after] = [this.#holes[index - 1], this.#holes[index]];
      if (before && after && before.offset + before.words === after.offset) {
        before.words += after.words;
        this.#holes.splice(index, 1);
      }
    }
  }
}
