import { type RunEvent, score } from "../workspace/index.ts";
import type { Pace } from "./dashboard/pace.ts";
import { printSamples } from "./report.ts";
import { count, counted, duration, figure, print } from "./terminal.ts";

type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

/** Milliseconds between two lines of progress at the least: who reads a pipe wants to know that it goes on, and no more. */
const PROGRESS_MS = 5000;

/** A training in lines, for a pipe or a file: its size, then checkpoints, and between those far apart how it goes. */
export class TrainingLines {
  readonly #run: string;
  readonly #pace: Pace;
  readonly #clock: () => number;
  #steps = 0;
  #last: number;

  /** @param clock Milliseconds. @default performance.now */
  constructor(run: string, pace: Pace, clock: () => number = () => performance.now()) {
    this.#run = run;
    this.#pace = pace;
    this.#clock = clock;
    this.#last = clock();
  }

  print(event: RunEvent): void {
    if (event.type === "start") this.#start(event);
    else if (event.type === "checkpoint") this.#checkpoint(event);
    else if (event.type === "progress" && this.#clock() - this.#last >= PROGRESS_MS) this.#progress(event);
  }

  #start(event: EventOf<"start">): void {
    const { parameters, device, rows, pairs, tokens, vocabulary, step, steps } = event;
    this.#steps = steps;
    const data =
      tokens === undefined
        ? `${counted(rows, "row")} of ${counted(pairs, "pair")}`
        : `${count(tokens)} tokens of text`;
    print(
      `${this.#run}: ${counted(parameters, "parameter")}, ${data}, a vocabulary of ${vocabulary}, on ${device}`,
    );
    const { seconds } = this.#pace;
    const slowed = seconds === undefined ? "" : `, slowed to ${duration(seconds)}`;
    print(`steps ${count(step)} to ${count(steps)}${slowed}; Ctrl-C stops and saves`);
  }

  #progress({ step, seconds, loss, tokensPerSecond, rate, norm, secondsLeft }: EventOf<"progress">): void {
    this.#last = this.#clock();
    const parts = [
      ...[at(step, seconds), `loss ${figure(loss)}`, `${count(Math.round(tokensPerSecond))} tokens/s`],
      ...[`rate ${rate.toPrecision(3)}`, `norm ${norm.toPrecision(3)}`],
      `${Math.floor((100 * step) / this.#steps)}%, ${duration(secondsLeft)} left`,
    ];
    print(parts.join("  "));
  }

  #checkpoint({ step, seconds, loss, examination, validation, best }: EventOf<"checkpoint">): void {
    this.#last = this.#clock();
    if (validation) {
      const { bitsPerByte, perplexity, samples } = validation;
      const measures = `validation loss ${figure(loss)}  perplexity ${figure(perplexity)}  ${bitsPerByte.toFixed(3)} bits per byte`;
      print(`${at(step, seconds)}  ${measures}${best ? "  best so far" : ""}`);
      printSamples(samples);
      if (samples.length > 0) print();
      return;
    }
    const { exam = [], all = [], unseen = [] } = examination ?? {};
    const scores = `exam ${score(exam)}  all ${score(all)}${unseen.length > 0 ? `  unseen ${score(unseen)}` : ""}`;
    print(`${at(step, seconds)}  loss ${figure(loss)}  ${scores}`);
    const [answer] = exam;
    if (answer) print(`  ${answer.question} -> ${answer.answer}`);
  }
}

const at = (step: number, seconds: number): string =>
  `step ${count(step).padStart(7)}  ${duration(seconds).padStart(8)}`;
