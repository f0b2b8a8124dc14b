import { invariant, ParrotletError, present } from "../base/index.ts";
import type { Checkpoint, OptimizerState, TrainingRecord } from "../checkpoint/index.ts";
import { type Corpus, differentPairs, PairBatches } from "../data/index.ts";
import type { Device, Executable, Parameter } from "../engine/index.ts";
import { countPerfect, Examiner } from "../evaluate/index.ts";
import { layoutOf, type Transformer, Weights } from "../model/index.ts";
import type { RenderedConversation, Tokenizer } from "../text/index.ts";
import type { CheckpointEvent, EndReason, MemoryUse, TrainEvent } from "./events.ts";
import { stateNames } from "./optimizer.ts";
import { planTraining } from "./plan-training.ts";
import type { Recipe } from "./recipe.ts";
import { rateAt } from "./schedule.ts";
import { trainProgram } from "./train-program.ts";

export interface TrainingJob {
  readonly recipe: Recipe;
  readonly corpus: Corpus;
  /** SHA-256 of the data file, kept in every checkpoint. */
  readonly data: string;
  readonly device: Device;
  /** The checkpoint to go on from, with its optimizer. */
  readonly resume?: Checkpoint | undefined;
  /** Seconds of training before `resume`, for a limit in minutes. @default 0 */
  readonly secondsBefore?: number;
}

export interface TrainOptions {
  /** Ends the training at the next step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Milliseconds. @default performance.now */
  readonly clock?: () => number;
  /** The most steps between two `progress` events. @default a two-hundredth of all, for a smooth curve */
  readonly progressSteps?: number | undefined;
}

/** The most steps in one call into the device, and the milliseconds that a call should take. */
const STEPS_A_CALL = 64;
const CALL_MS = 20;
/** The most milliseconds between `progress` events; where they come faster, messages and signals get in this often. */
const PROGRESS_MS = 100;
const BREATH_MS = 25;

/**
 * Trains a model as the recipe says, and tells how it goes: `start`, a checkpoint of the untrained model, then `progress`
 * and `checkpoint` in turn, and `end`. While the consumer holds an event, nothing runs: not asking for the next one is how
 * to pause.
 *
 * @throws {ParrotletError} `data-too-long` when a row does not fit the context window; `training-diverged`.
 */
export async function* train(job: TrainingJob, options: TrainOptions = {}): AsyncGenerator<TrainEvent, void> {
  const { signal, clock = () => performance.now() } = options;
  const { steps, checkpointSteps } = job.recipe.training;
  const progressSteps = options.progressSteps ?? Math.ceil(steps / 200);
  const run = new TrainingRun(job, clock);
  let breath = clock();
  try {
    yield run.start();
    if (!job.resume) yield run.checkpoint();
    let saved = run.step;
    let reason = run.ended(signal);
    while (!reason) {
      const boundary = Math.min(steps, (Math.floor(run.step / checkpointSteps) + 1) * checkpointSteps);
      yield run.advance(Math.min(boundary, run.step + progressSteps));
      if (clock() - breath > BREATH_MS) {
        await nextTask();
        breath = clock();
      }
      if (run.step === boundary) {
        yield run.checkpoint();
        saved = run.step;
      }
      reason = run.ended(signal);
    }
    if (run.step !== saved) yield run.checkpoint();
    yield { type: "end", reason, step: run.step, seconds: run.seconds, bestStep: run.best.step };
  } finally {
    run.release();
  }
}

/** Lets messages and signals in. */
const nextTask = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** The moving parts of one training. */
class TrainingRun {
  readonly weights: Weights;
  step = 0;
  seconds: number;
  best = { step: 0, perfect: -1, loss: Number.POSITIVE_INFINITY };
  readonly #job: TrainingJob;
  readonly #clock: () => number;
  readonly #tokenizer: Tokenizer;
  readonly #rows: readonly RenderedConversation[];
  readonly #model: Transformer;
  readonly #batches: PairBatches;
  readonly #program: Executable;
  readonly #examiner: Examiner;
  /** Steps for the next call, so that it takes about `CALL_MS`. */
  #chunk = 1;
  /** Of the last checkpoint, and its step. */
  #scores: TrainingRecord["scores"] | undefined;
  #scoredStep = 0;

  constructor(job: TrainingJob, clock: () => number) {
    const { recipe, corpus, device, resume, secondsBefore = 0 } = job;
    const { training, optimizer, seed } = recipe;
    const { batch, lossOn, dropout, precision } = training;
    this.#job = job;
    this.#clock = clock;
    this.seconds = secondsBefore;
    const plan = planTraining(recipe, corpus, resume?.tokenizer);
    this.#tokenizer = plan.tokenizer;
    this.#rows = plan.rows;
    this.#batches = new PairBatches(this.#rows, { batch, seed, lossOn, pad: this.#tokenizer.special.pad });
    this.#model = resume?.model ?? plan.model;
    this.weights = resume?.weights ?? new Weights(device, layoutOf(this.#model)).initialize(seed);
    const { layout } = this.weights;
    const { time } = this.#batches;
    const size = { model: this.#model, layout, batch, time, steps: STEPS_A_CALL };
    this.#program = device.load(trainProgram({ ...size, optimizer, dropout, seed, precision }), {
      parameters: this.weights.region,
    });
    this.#examiner = new Examiner({
      model: this.#model,
      weights: this.weights,
      tokenizer: this.#tokenizer,
      corpus,
      lossOn,
    });
    if (resume) this.#restore(resume);
  }

  start(): TrainEvent {
    return {
      type: "start",
      parameters: this.weights.layout.count,
      vocabulary: this.#tokenizer.size,
      rows: this.#rows.length,
      pairs: differentPairs(this.#job.corpus).length,
      device: this.#job.device.name,
      threads: this.#job.device.threads,
      memory: this.#memory(),
      step: this.step,
      steps: this.#job.recipe.training.steps,
    };
  }

  #memory(): MemoryUse {
    const { parameters, gradients, optimizer, activations } = this.#program.program.regions;
    return {
      parameters: 4 * parameters,
      gradients: 4 * gradients,
      optimizer: 4 * optimizer,
      activations: 4 * activations,
    };
  }

  /** Trains up to step `until`, or until it is time to tell how it goes. */
  advance(until: number): TrainEvent {
    const [firstStep, firstSecond, began] = [this.step, this.seconds, this.#clock()];
    let [total, norm] = [0, 0];
    do {
      const before = this.#clock();
      const count = Math.min(until - this.step, this.#chunk);
      const { losses, norms } = this.#run(count);
      for (const loss of losses) total += loss;
      norm = norms.at(-1) ?? 0;
      const spent = this.#clock() - before;
      this.seconds += spent / 1000;
      this.#chunk = Math.max(
        1,
        Math.min(STEPS_A_CALL, Math.round((CALL_MS * count) / Math.max(spent, 1e-3))),
      );
    } while (this.step < until && !this.ended() && this.#clock() - began < PROGRESS_MS);
    const done = this.step - firstStep;
    const stepsPerSecond = done / Math.max(1e-9, this.seconds - firstSecond);
    const { steps, minutes } = this.#job.recipe.training;
    const [left, limit] = [(steps - this.step) / stepsPerSecond, 60 * minutes - this.seconds];
    return {
      type: "progress",
      step: this.step,
      loss: total / done,
      rate: this.#rate(this.step),
      norm,
      stepsPerSecond,
      seconds: this.seconds,
      secondsLeft: minutes > 0 ? Math.min(left, Math.max(0, limit)) : left,
    };
  }

  #run(count: number): { losses: Float32Array; norms: Float32Array } {
    const { batch, time } = this.#batches;
    const [ids, targets] = [new Int32Array(count * batch * time), new Int32Array(count * batch * time)];
    const numbers = Int32Array.from({ length: count }, (_, index) => this.step + index + 1);
    for (const [index, step] of numbers.entries())
      this.#batches.fill(step, ids, targets, index * batch * time);
    this.#program.write("ids", ids);
    this.#program.write("targets", targets);
    this.#program.write("step", numbers);
    this.#program.write(
      "rate",
      Float32Array.from(numbers, (step) => this.#rate(step)),
    );
    this.#program.run(count);
    this.step += count;
    const [losses, norms] = [this.#program.read("loss", count), this.#program.read("norm", count)];
    const lost = losses.findIndex((loss, i) => !Number.isFinite(loss) || !Number.isFinite(norms[i]));
    if (lost >= 0) throw diverged(numbers[lost] ?? 0, this.#job.recipe.optimizer.rate);
    return { losses, norms };
  }

  checkpoint(): CheckpointEvent {
    const examination = this.#examiner.examine();
    const { loss, all, exam } = examination;
    if (!Number.isFinite(loss)) throw diverged(this.step, this.#job.recipe.optimizer.rate);
    const perfect = countPerfect(all);
    // A training that was interrupted here shall end as one that was not: this checkpoint is none of the regular ones.
    const better = perfect > this.best.perfect || (perfect === this.best.perfect && loss < this.best.loss);
    const best = better && (this.#isRegular() || this.ended() !== undefined);
    if (best) this.best = { step: this.step, perfect, loss };
    const { recipe, data } = this.#job;
    this.#scores = { perfect, pairs: all.length, exam: countPerfect(exam), examPairs: exam.length, loss };
    this.#scoredStep = this.step;
    const checkpoint: Checkpoint = {
      model: this.#model,
      weights: this.weights,
      tokenizer: this.#tokenizer,
      training: {
        recipe: { ...recipe, data: fileName(recipe.data) },
        step: this.step,
        best: this.best,
        data,
        scores: this.#scores,
      },
      optimizer: this.#optimizerState(),
    };
    return { type: "checkpoint", step: this.step, seconds: this.seconds, examination, best, checkpoint };
  }

  /** Why the training is over, if it is. */
  ended(signal?: AbortSignal): EndReason | undefined {
    const { steps, minutes } = this.#job.recipe.training;
    if (this.#isPerfect()) return "perfect";
    if (this.step >= steps) return "steps";
    if (signal?.aborted) return "aborted";
    return minutes > 0 && this.seconds >= 60 * minutes ? "minutes" : undefined;
  }

  /** Whether a training that nobody interrupts has a checkpoint at this step. */
  #isRegular(): boolean {
    const { steps, checkpointSteps } = this.#job.recipe.training;
    return this.step === steps || this.step % checkpointSteps === 0;
  }

  /** Whether the last regular checkpoint was what the recipe waits for. */
  #isPerfect(): boolean {
    const { stopWhenPerfect } = this.#job.recipe.training;
    const scores = this.#scores;
    if (stopWhenPerfect === "never" || !scores || this.#scoredStep !== this.step || !this.#isRegular())
      return false;
    return stopWhenPerfect === "exam" ? scores.exam === scores.examPairs : scores.perfect === scores.pairs;
  }

  release(): void {
    this.#program.release();
    this.#examiner.release();
    this.weights.release();
  }

  #rate(step: number): number {
    const { training, optimizer, schedule } = this.#job.recipe;
    return rateAt(step, training.steps, optimizer.rate, schedule);
  }

  #optimizerState(): OptimizerState {
    const region = this.#program.region("optimizer");
    const { layout } = this.weights;
    return new Map(
      stateNames(this.#job.recipe.optimizer).map((name, copy) => {
        const read = (parameter: Parameter): Float32Array =>
          region.read(copy * layout.words + layout.offsetOf(parameter), parameter.size);
        return [name, read];
      }),
    );
  }

  #restore({ training, optimizer }: Checkpoint): void {
    const { step, best, scores } = present(training, "the record of the training to go on with");
    this.step = step;
    this.best = { ...best };
    this.#scores = scores;
    this.#scoredStep = step;
    const region = this.#program.region("optimizer");
    const { layout } = this.weights;
    for (const [copy, name] of stateNames(this.#job.recipe.optimizer).entries()) {
      const read = optimizer?.get(name);
      invariant(read, `the checkpoint to go on from lacks the optimizer's ${name}`);
      for (const parameter of layout.parameters) {
        region.write(copy * layout.words + layout.offsetOf(parameter), read(parameter));
      }
    }
  }
}

/** A path without its folders: where a person keeps the data is nobody's business who gets the checkpoint. */
const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;

const diverged = (step: number, rate: number): ParrotletError =>
  new ParrotletError(
    "training-diverged",
    `The loss stopped being a number at step ${step}. Lower optimizer.rate (--rate), which is ${rate}, or set optimizer.clipNorm to 1.`,
  );
