import { invariant, ParrotletError } from "../../../base/index.ts";
import { aligned } from "../../layout.ts";
import type { Program, RegionName } from "../../program.ts";
import type { Device, Executable, Region } from "../device.ts";
import { ArenaExecutable, placeIn } from "../executable.ts";
import { Heap } from "../heap.ts";
import { type CompiledKernels, TEAM, TEAM_WORDS, type TeamPlace } from "./team.ts";
import { ThreadChoice } from "./thread-choice.ts";

/** How a host starts a thread that ends up in `serveTeam`; it may take its time. */
export type StartThread = (
  place: TeamPlace & { /** Bytes; its stack ends here. */ readonly stack: number },
) => void;

export interface CompiledDeviceOptions {
  readonly name: string;
  readonly kernels: CompiledKernels;
  readonly memory: WebAssembly.Memory;
  /** The first byte of the memory that is free. @default 0 */
  readonly begin?: number;
  /** The address of the memory's first byte, as the kernels count. @default 0 */
  readonly origin?: number;
  /** The most threads that compute, the caller's among them; more than 1 needs shared memory and `startThread`. @default 1 */
  readonly threads?: number;
  readonly startThread?: StartThread | undefined;
  /** The kernels have products of bfloat16. @default false */
  readonly bf16?: boolean;
  /** Multiplications of a step from which more than one thread is worth their meetings. @default 3,000,000 */
  readonly worthThreads?: number | undefined;
}

const PAGE_BYTES = 65_536;
/** 4 GiB, all that 32-bit addresses reach. */
export const MOST_PAGES = 65_536;
export const FIRST_PAGES = 64;
/** Of each thread. */
const STACK_WORDS = 16_384;

/** A device whose kernels are those of `kernels/`, compiled. Its memory grows; its threads start when there is work for them. */
export class CompiledDevice implements Device {
  readonly name: string;
  readonly threads: number;
  readonly bf16: boolean;
  readonly #kernels: CompiledKernels;
  readonly #memory: WebAssembly.Memory;
  /** The arena's first byte. Its words are counted from here. */
  readonly #base: number;
  readonly #origin: number;
  readonly #heap = new Heap();
  readonly #team: number;
  readonly #scratch: number;
  readonly #scratchWords: number;
  readonly #startThread: StartThread | undefined;
  readonly #worthThreads: number;
  /** By a program's multiplications: programs over different rows of one memory are alike. */
  readonly #choices = new Map<number, ThreadChoice>();
  #started = false;
  floats: Float32Array;
  integers: Int32Array;

  constructor(options: CompiledDeviceOptions) {
    const {
      name,
      kernels,
      memory,
      begin = 0,
      origin = 0,
      threads = 1,
      startThread,
      bf16 = false,
      worthThreads = 3_000_000,
    } = options;
    this.name = name;
    this.threads = startThread ? threads : 1;
    this.bf16 = bf16;
    this.#kernels = kernels;
    this.#memory = memory;
    this.#base = 4 * aligned(begin / 4);
    this.#origin = origin;
    this.#startThread = startThread;
    this.#worthThreads = worthThreads;
    this.floats = new Float32Array(memory.buffer, this.#base);
    this.integers = new Int32Array(memory.buffer, this.#base);
    this.#team = this.#reserve(TEAM_WORDS);
    this.#scratchWords = aligned(kernels.scratch_words());
    this.#scratch = this.#reserve(this.threads * this.#scratchWords);
  }

  allocate(words: number): Region & { readonly offset: number } {
    const offset = this.#reserve(words);
    this.integers.fill(0, offset, offset + words);
    const region: Region & { readonly offset: number } = {
      offset,
      words,
      copy: (source, from, to, count) => {
        const [at, begin] = [placeIn(region, to, count), placeIn(source, from, count)];
        this.integers.copyWithin(at, begin, begin + count);
      },
      read: (at, count) => this.floats.slice(offset + at, offset + at + count),
      write: (at, values) => {
        invariant(at + values.length <= words, `${values.length} words at ${at} in a region of ${words}`);
        this.floats.set(values, offset + at);
      },
      release: () => this.#heap.free(offset, words),
    };
    return region;
  }

  load(program: Program, shared: Readonly<Partial<Record<RegionName, Region>>> = {}): Executable {
    const most = program.work >= this.#worthThreads ? this.threads : 1;
    if (most > 1) this.#startThreads();
    const choice = most > 1 ? this.#choiceFor(program.work) : undefined;
    return new ArenaExecutable(this, program, shared, (code) => {
      const place = this.allocate(code.length);
      const roomWords = aligned(Math.max(program.scratch, 1));
      const room = this.#reserve(most * roomWords);
      this.integers.set(code, place.offset);
      return {
        run: (steps) => {
          const { integers } = this;
          const team = this.#team;
          // Until all threads are there the host's computes alone: the bits are the same.
          const ready = choice !== undefined && this.computing >= most;
          const threads = ready && choice.next() ? most : 1;
          integers[team + TEAM.threads] = threads;
          integers[team + TEAM.code] = place.offset;
          integers[team + TEAM.length] = code.length;
          integers[team + TEAM.steps] = steps;
          integers[team + TEAM.scratch] = this.#scratch;
          integers[team + TEAM.scratchWords] = this.#scratchWords;
          integers[team + TEAM.room] = room;
          integers[team + TEAM.roomWords] = roomWords;
          const begun = ready ? performance.now() : 0;
          this.#run(threads);
          if (ready) choice.took(threads > 1, (performance.now() - begun) / steps);
        },
        release: () => {
          this.#heap.free(room, most * roomWords);
          place.release();
        },
      };
    });
  }

  #choiceFor(work: number): ThreadChoice {
    let choice = this.#choices.get(work);
    if (!choice) {
      choice = new ThreadChoice(this.threads);
      this.#choices.set(work, choice);
    }
    return choice;
  }

  /** The threads that are there by now: 1 until a program is loaded that is worth more, then soon all. */
  get computing(): number {
    return 1 + Atomics.load(this.integers, this.#team + TEAM.ready);
  }

  release(): void {
    if (!this.#started) return;
    Atomics.store(this.integers, this.#team + TEAM.stop, 1);
    this.#wake();
  }

  /** Runs the job that the team holds. */
  #run(threads: number): void {
    if (threads > 1) this.#wake();
    const arena = this.#origin + this.#base;
    this.#kernels.run(arena, arena + 4 * this.#team);
  }

  /** Tells the other threads that there is something to do. */
  #wake(): void {
    Atomics.add(this.integers, this.#team + TEAM.generation, 1);
    Atomics.notify(this.integers, this.#team + TEAM.generation);
  }

  #startThreads(): void {
    if (this.#started) return;
    this.#started = true;
    for (let thread = 1; thread < this.threads; thread++) {
      const stack = this.#base + 4 * (this.#reserve(STACK_WORDS) + STACK_WORDS);
      const team = this.#base + 4 * this.#team;
      this.#startThread?.({ memory: this.#memory, arena: this.#base, team, thread, stack });
    }
  }

  #reserve(words: number): number {
    const offset = this.#heap.allocate(words);
    const bytes = this.#base + 4 * this.#heap.end;
    const missing = Math.ceil((bytes - this.#memory.buffer.byteLength) / PAGE_BYTES);
    if (missing > 0) {
      try {
        this.#memory.grow(missing);
      } catch (cause) {
        this.#heap.free(offset, words);
        const wanted = Math.ceil(bytes / 2 ** 20);
        throw new ParrotletError(
          "out-of-memory",
          `The model and its activations need ${wanted} MiB, more than WebAssembly could get here. ` +
            "Choose a smaller batch, context or model.",
          { cause },
        );
      }
      this.floats = new Float32Array(this.#memory.buffer, this.#base);
      this.integers = new Int32Array(this.#memory.buffer, this.#base);
    }
    return offset;
  }
}
