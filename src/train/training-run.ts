import { invariant, lastPart, ParrotletError, present } from "../base/index.ts";
import type { Checkpoint, OptimizerState, TrainingRecord } from "../checkpoint/index.ts";
import type { Device, Executable, Parameter } from "../engine/index.ts";
import { countPerfect } from "../evaluate/index.ts";
import { layoutOf, type Transformer, Weights } from "../model/index.ts";
import type { Tokenizer } from "../text/index.ts";
import { AveragedWeights } from "./averaged-weights.ts";
import type { CheckpointEvent, EndReason, MemoryUse, TrainEvent } from "./events.ts";
import { stateNames } from "./optimizer.ts";
import { planTraining } from "./plan-training.ts";
import type { Recipe } from "./recipe.ts";
import { checkStart } from "./recipe-start.ts";
import { rateAt } from "./schedule.ts";
import { StepInputs } from "./step-inputs.ts";
import type { Evaluator, Task } from "./task.ts";
import { trainProgram } from "./train-program.ts";
import type { TrainingData } from "./training-data.ts";

export interface TrainingJob {
  readonly recipe: Recipe;
  readonly data: TrainingData;
  readonly device: Device;
  /** The checkpoint to go on from, with its optimizer. */
  readonly resume?: Checkpoint | undefined;
  /**
   * The checkpoint whose weights and tokenizer a new training begins with: it has no more use for them itself. The data must
   * be in its tokens.
   *
   * @default weights that are drawn by the seed
   */
  readonly from?: Checkpoint | undefined;
  /** Seconds of training before `resume`, for a limit in minutes. @default 0 */
  readonly secondsBefore?: number;
  /** The learning rate of a step, counted from 1. @default as the recipe's schedule has it */
  readonly rate?: (step: number) => number;
}

/** The most steps in one call into the device, and the milliseconds that a call should take. */
const STEPS_A_CALL = 64;
const CALL_MS = 20;
/** The most tokens that lie ready for a call: the queues of large batches would be longer than the model. */
const TOKENS_A_CALL = 1 << 18;
/** The most milliseconds between `progress` events; where they come faster, messages and signals get in this often. */
const PROGRESS_MS = 100;
/** What the weights are called among the optimizer's numbers, where a checkpoint's own are their average. */
const LIVE = "weights";

/** The moving parts of one training. */
export class TrainingRun {
  readonly weights: Weights;
  step = 0;
  seconds: number;
  best: TrainingRecord["best"] = { step: 0, perfect: -1, loss: Number.POSITIVE_INFINITY };
  readonly #job: TrainingJob;
  readonly #clock: () => number;
  readonly #task: Task;
  readonly #model: Transformer;
  readonly #program: Executable;
  readonly #inputs: StepInputs;
  readonly #average: AveragedWeights | undefined;
  readonly #evaluator: Evaluator;
  /** Steps for the next call, so that it takes about `CALL_MS`, and the most. */
  #chunk = 1;
  readonly #mostSteps: number;
  /** Of the last checkpoint, its step, and how many there were since the best. */
  #scores: TrainingRecord["scores"] | undefined;
  #scoredStep = 0;
  #worse = 0;

  constructor(job: TrainingJob, clock: () => number) {
    const { recipe, data, device, resume, secondsBefore = 0 } = job;
    const source = resume ?? job.from;
    const { training, optimizer, seed } = recipe;
    const { batch, accumulate, dropout, labelSmoothing, ema, precision } = training;
    this.#job = job;
    this.#clock = clock;
    this.seconds = secondsBefore;
    const plan = planTraining(recipe, data, source?.tokenizer);
    this.#task = plan.task;
    if (source && source === job.from) checkBeginning(recipe, source, plan.task.tokenizer);
    this.#model = source?.model ?? plan.model;
    this.weights = source?.weights ?? new Weights(device, layoutOf(this.#model)).initialize(seed);
    const { layout } = this.weights;
    const { time, packed } = this.#task;
    const tokens = batch * accumulate * time;
    this.#mostSteps = Math.max(1, Math.min(STEPS_A_CALL, Math.floor(TOKENS_A_CALL / tokens)));
    const size = { model: this.#model, layout, batch, time, accumulate, packed, steps: this.#mostSteps };
    const program = trainProgram({ ...size, optimizer, dropout, labelSmoothing, ema, seed, precision });
    this.#program = device.load(program, { parameters: this.weights.region });
    this.#inputs = new StepInputs(this.#task, accumulate, this.#mostSteps);
    const copies = stateNames(optimizer).length;
    this.#average =
      ema > 0 ? new AveragedWeights(this.weights, this.#program.region("optimizer"), copies) : undefined;
    if (resume) this.#restore(resume);
    else this.#average?.write(this.weights);
    this.#evaluator = this.#task.evaluator(this.#model, this.#average?.weights ?? this.weights);
  }

  start(): TrainEvent {
    const { rows, pairs, tokens } = this.#task.size;
    const { data } = this.#job;
    return {
      type: "start",
      parameters: this.weights.layout.count,
      vocabulary: this.#task.tokenizer.size,
      rows,
      pairs,
      tokens,
      sources: data.kind === "store" ? data.sources : undefined,
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
      const fitting = Math.round((CALL_MS * count) / Math.max(spent, 1e-3));
      this.#chunk = Math.max(1, Math.min(this.#mostSteps, fitting));
    } while (this.step < until && !this.ended() && this.#clock() - began < PROGRESS_MS);
    const done = this.step - firstStep;
    const stepsPerSecond = done / Math.max(1e-9, this.seconds - firstSecond);
    const { steps, minutes, batch, accumulate } = this.#job.recipe.training;
    const [left, limit] = [(steps - this.step) / stepsPerSecond, 60 * minutes - this.seconds];
    return {
      type: "progress",
      step: this.step,
      loss: total / done,
      rate: this.#rate(this.step),
      norm,
      stepsPerSecond,
      tokensPerSecond: stepsPerSecond * batch * accumulate * this.#task.time,
      seconds: this.seconds,
      secondsLeft: minutes > 0 ? Math.min(left, Math.max(0, limit)) : left,
    };
  }

  #run(count: number): { losses: Float32Array; norms: Float32Array } {
    const numbers = Int32Array.from({ length: count }, (_, index) => this.step + index + 1);
    this.#inputs.write(this.#program, this.step, count);
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
    const weights = this.#average?.read() ?? this.weights;
    const { loss, examination, validation } = this.#evaluator.evaluate();
    if (!Number.isFinite(loss)) throw diverged(this.step, this.#job.recipe.optimizer.rate);
    const { all = [], exam = [] } = examination ?? {};
    const perfect = countPerfect(all);
    // A training that was interrupted here shall end as one that was not: this checkpoint is none of the regular ones.
    const better = perfect > this.best.perfect || (perfect === this.best.perfect && loss < this.best.loss);
    const regular = this.#isRegular() || this.ended() !== undefined;
    const best = better && regular;
    if (best) this.best = { step: this.step, perfect, loss };
    if (regular) this.#worse = best ? 0 : this.#worse + 1;
    const { recipe, data } = this.#job;
    this.#scores = {
      ...{ perfect, pairs: all.length, exam: countPerfect(exam), examPairs: exam.length, loss },
      ...(validation ? { bitsPerByte: validation.bitsPerByte } : {}),
    };
    this.#scoredStep = this.step;
    const checkpoint: Checkpoint = {
      model: this.#model,
      weights,
      tokenizer: this.#task.tokenizer,
      training: {
        recipe: withNames(recipe),
        step: this.step,
        best: this.best,
        worse: this.#worse,
        data: data.hash,
        ...(data.character === undefined ? {} : { character: data.character }),
        scores: this.#scores,
      },
      optimizer: this.#optimizerState(),
    };
    const { step, seconds } = this;
    return { type: "checkpoint", step, seconds, loss, examination, validation, best, checkpoint };
  }

  /** Why the training is over, if it is. */
  ended(signal?: AbortSignal): EndReason | undefined {
    const { steps, minutes, patience } = this.#job.recipe.training;
    if (this.#isPerfect()) return "perfect";
    if (this.step >= steps) return "steps";
    if (patience > 0 && this.#worse >= patience) return "no-better";
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
    this.#evaluator.release();
    this.#average?.release();
    this.#program.release();
    this.weights.release();
  }

  #rate(step: number): number {
    const { recipe, rate } = this.#job;
    const { training, optimizer, schedule } = recipe;
    return rate?.(step) ?? rateAt(step, training.steps, optimizer.rate, schedule);
  }

  #optimizerState(): OptimizerState {
    const region = this.#program.region("optimizer");
    const { layout } = this.weights;
    const copies = stateNames(this.#job.recipe.optimizer).map((name, copy) => {
      const read = (parameter: Parameter): Float32Array =>
        region.read(copy * layout.words + layout.offsetOf(parameter), parameter.size);
      return [name, read] as const;
    });
    const live = [LIVE, (parameter: Parameter) => this.weights.read(parameter)] as const;
    return new Map(this.#average ? [...copies, live] : copies);
  }

  #restore({ training, optimizer }: Checkpoint): void {
    const { step, best, worse = 0, scores } = present(training, "the record of the training to go on with");
    this.step = step;
    this.best = { ...best };
    this.#worse = worse;
    this.#scores = scores;
    this.#scoredStep = step;
    const region = this.#program.region("optimizer");
    const { layout } = this.weights;
    const numbers = (name: string) => {
      const read = optimizer?.get(name);
      invariant(read, `the checkpoint to go on from lacks the optimizer's ${name}`);
      return read;
    };
    for (const [copy, name] of stateNames(this.#job.recipe.optimizer).entries()) {
      for (const parameter of layout.parameters)
        region.write(copy * layout.words + layout.offsetOf(parameter), numbers(name)(parameter));
    }
    if (!this.#average) return;
    this.#average.write(this.weights);
    for (const parameter of layout.parameters) this.weights.write(parameter, numbers(LIVE)(parameter));
  }
}

/** @throws {ParrotletError} `from-mismatch` where the recipe or the data are made for another model than training begins with. */
function checkBeginning(recipe: Recipe, { model, tokenizer }: Checkpoint, ofData: Tokenizer): void {
  const from = recipe.from ?? { model: "a checkpoint" };
  checkStart(recipe, { from, model: model.config, tokenizer });
  if (JSON.stringify(ofData.toJson()) === JSON.stringify(tokenizer.toJson())) return;
  const message = `The training begins with ${from.model}, but the data are in the tokens of another tokenizer. Make them with the model's own.`;
  throw new ParrotletError("from-mismatch", message);
}

/** Paths without their folders: where a person keeps them is nobody's business who gets the checkpoint. */
const withNames = (recipe: Recipe): Recipe => ({
  ...recipe,
  data: namesOf(recipe.data),
  ...(recipe.evaluation.data === undefined
    ? {}
    : { evaluation: { ...recipe.evaluation, data: nameOf(recipe.evaluation.data) } }),
  ...(recipe.from ? { from: { ...recipe.from, model: lastPart(recipe.from.model) } } : {}),
});
const namesOf = (data: Recipe["data"]): Recipe["data"] =>
  typeof data === "string" ? nameOf(data) : data.map((entry) => ({ ...entry, source: nameOf(entry.source) }));
function nameOf(source: string): string {
  if (source.startsWith("hf:")) return source;
  // Of text that is made, only a character's file may lie in a folder.
  if (source.startsWith("pack:")) return source.replace(/^pack:.*[\\/]([^\\/]+\.ya?ml)/i, "pack:$1");
  return lastPart(source);
}

const diverged = (step: number, rate: number): ParrotletError =>
  new ParrotletError(
    "training-diverged",
    `The loss stopped being a number at step ${step}. Lower optimizer.rate (--rate), which is ${rate}, or set optimizer.clipNorm to 1.`,
  );
