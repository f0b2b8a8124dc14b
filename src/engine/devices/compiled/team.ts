type TeamWord =
  | ("generation" | "stop" | "ready" | "threads" | "code" | "length" | "steps")
  | ("scratch" | "scratchWords" | "room" | "roomWords");

/**
 * The words of `Team` in kernels/team.h: memory in which a host and the threads that compute for it speak to each other.
 * Offsets in it are words of the arena.
 */
export const TEAM: Readonly<Record<TeamWord, number>> = {
  /** Counts jobs; a thread that has nothing to do waits for it to change. */
  generation: 0,
  /** Threads end when this is not 0. */
  stop: 1,
  /** Threads that listen, without the host's own. */
  ready: 2,
  /** Of the present job. */
  threads: 3,
  code: 4,
  length: 5,
  steps: 6,
  scratch: 7,
  scratchWords: 8,
  room: 9,
  roomWords: 10,
};

/** With its counters, which have cache lines of their own, and the parts of a sum. */
export const TEAM_WORDS: number = 16 + 16 + 16 + 2 * 64;

/** Kernels compiled from C: a WebAssembly instance or a native addon. `arena` and `team` are addresses in bytes. */
export interface CompiledKernels {
  /** The words of scratch memory that each thread needs. */
  scratch_words(): number;
  /** Does the job that the team holds, as its first thread. */
  run(arena: number, team: number): void;
  /**
   * Does every job after the generation `seen` as another thread; returns the last one seen when it has waited `patience`
   * rounds for the next, or is to stop.
   */
  serve(arena: number, team: number, thread: number, seen: number, patience: number): number;
}

/** Where a thread finds its kernels' memory. */
export interface TeamPlace {
  readonly memory: WebAssembly.Memory;
  /** Bytes of the arena and of the team from the beginning of the memory. */
  readonly arena: number;
  readonly team: number;
  /** Which of the team's threads it is, from 1. */
  readonly thread: number;
}

/** Rounds of waiting before a thread sleeps: some tens of microseconds, or a few in WebAssembly, which cannot pause. */
const PATIENCE = 4000;

/**
 * Computes as one thread of a team until the team is dissolved; in between it sleeps, and uses no processor.
 *
 * @param origin The address of the memory's first byte, as the kernels count.
 */
export function serveTeam(kernels: CompiledKernels, place: TeamPlace, origin: number): void {
  const words = new Int32Array(place.memory.buffer, place.team, TEAM_WORDS);
  let seen = 0;
  Atomics.add(words, TEAM.ready, 1);
  while (Atomics.load(words, TEAM.stop) === 0) {
    seen = kernels.serve(origin + place.arena, origin + place.team, place.thread, seen, PATIENCE);
    Atomics.wait(words, TEAM.generation, seen);
  }
}
