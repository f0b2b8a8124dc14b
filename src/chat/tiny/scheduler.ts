import type { BatchDecoder, Sequence } from "../../generate/index.ts";
import { BusyError } from "../errors.ts";
import { Breath } from "./breath.ts";
import type { ReplyJob } from "./reply-job.ts";

/** Reading prompts may take as long as the steps of others do, or so many milliseconds where these are short. */
const READING_MS = 2;
/**
 * Where this many replies are made at once, each one's reader gets a delta every so many milliseconds, with all tokens since the
 * last: what a server does for each delta may cost more than the token itself.
 */
const [CROWD, CROWD_MS] = [8, 10];
/** How much of the mean length of replies the last one makes up. */
const NEWEST = 0.2;
const [LEAST_RETRY, MOST_RETRY] = [1, 600];

/**
 * Makes all replies of one model: who waits longest gets the next free row; each round reads some of the new prompts, makes
 * one token of every reply, and then lets the thread do other things.
 */
export class Scheduler {
  readonly #decoder: BatchDecoder;
  readonly #mostWaiting: number;
  readonly #waiting: ReplyJob[] = [];
  readonly #active = new Map<Sequence, ReplyJob>();
  #runs = false;
  #closed = false;
  #stepMs = 0;
  /** The mean milliseconds of a reply, by the last ones. */
  #replyMs = 0;

  constructor(decoder: BatchDecoder, mostWaiting: number) {
    this.#decoder = decoder;
    this.#mostWaiting = mostWaiting;
  }

  /** @throws {BusyError} Where too many wait. */
  submit(job: ReplyJob): void {
    const free = this.#decoder.mostRows - this.#decoder.taken;
    const waiting = this.#waiting.length - free;
    if (waiting >= this.#mostWaiting) throw new BusyError(waiting, this.#retryAfter(waiting));
    this.#waiting.push(job);
    if (!this.#runs) void this.#run();
  }

  /** Ends a reply as aborted, if it has not ended. Its row is free at once. */
  abort(job: ReplyJob): void {
    if (job.ended) return;
    job.abort();
    this.#free(job);
    const at = this.#waiting.indexOf(job);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const job of [...this.#waiting, ...this.#active.values()]) this.abort(job);
    this.#decoder.release();
  }

  async #run(): Promise<void> {
    this.#runs = true;
    const breath = new Breath();
    try {
      while (this.#waiting.length + this.#active.size > 0) {
        try {
          this.#round();
        } catch (error) {
          for (const job of [...this.#waiting.splice(0), ...this.#active.values()]) this.#fail(job, error);
        }
        await breath.take();
      }
    } finally {
      this.#runs = false;
      breath.close();
    }
  }

  #round(): void {
    const decoder = this.#decoder;
    const began = performance.now();
    this.#admit();
    const until = began + Math.max(READING_MS, this.#stepMs);
    do {
      const sequence = decoder.read();
      if (sequence) this.#advance(sequence);
      this.#admit();
    } while (decoder.reads && performance.now() < until);
    const read = performance.now();
    decoder.step();
    for (const sequence of decoder.stepped) this.#advance(sequence);
    this.#stepMs = performance.now() - read;
  }

  #admit(): void {
    let [job] = this.#waiting;
    while (job) {
      const sequence = this.#decoder.begin(job.prompt);
      if (!sequence) return;
      this.#waiting.shift();
      this.#active.set(sequence, job);
      job.begin(sequence);
      [job] = this.#waiting;
    }
  }

  #advance(sequence: Sequence): void {
    const job = this.#active.get(sequence);
    if (!job) return;
    try {
      job.advance(sequence, this.#active.size >= CROWD ? CROWD_MS : 0);
    } catch (error) {
      this.#fail(job, error);
    }
    if (!job.ended) return;
    this.#replyMs += (this.#replyMs === 0 ? 1 : NEWEST) * (job.age - this.#replyMs);
    this.#free(job);
  }

  #fail(job: ReplyJob, error: unknown): void {
    job.fail(error);
    this.#free(job);
  }

  #free(job: ReplyJob): void {
    const { sequence } = job;
    if (!sequence || !this.#active.delete(sequence)) return;
    this.#decoder.end(sequence);
  }

  /** Seconds until those who wait now have had their turn. */
  #retryAfter(waiting: number): number {
    const turns = (waiting + 1) / this.#decoder.mostRows;
    const seconds = Math.ceil((turns * this.#replyMs) / 1000);
    return Math.min(MOST_RETRY, Math.max(LEAST_RETRY, seconds));
  }
}
