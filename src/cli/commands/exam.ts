import { type Checkpoint, loadCheckpoint } from "../../checkpoint/index.ts";
import type { Device } from "../../engine/index.ts";
import {
  BigramModel,
  bigramReplier,
  compareExams,
  countParameters,
  type ExamBaseline,
  type ExamOverlap,
  type ExamReport,
  type ExamSuite,
  examReport,
  ModelReplier,
  mostReplyTokens,
  NearestQuestion,
  type PlayedCase,
  playExam,
  type Replier,
  scoreExam,
  untrained,
  withoutAttention,
} from "../../evaluate/index.ts";
import type { Weights } from "../../model/index.ts";
import {
  characterOf,
  type FoundModel,
  findModel,
  measureQuestions,
  type OpenedSuite,
  openDevice,
  openSuite,
  openTrainingText,
  readExam,
  recipeBehind,
  type TrainingText,
  writeExam,
} from "../../node/index.ts";
import type { Recipe } from "../../train/index.ts";
import { type CommonOptions, openWorkspace, workspaceRoot } from "../options.ts";
import { printComparison, printExam } from "../show-exam.ts";
import { type ExamProgress, showExamProgress } from "../show-exam-progress.ts";
import { count, EXIT, print, printJson, printNote } from "../terminal.ts";

export interface ExamCommandOptions extends CommonOptions {
  /** A character, or its file. */
  readonly suite?: string;
  readonly baselines?: boolean;
  /** Another model to compare with. */
  readonly against?: string;
  readonly perPart?: number;
  /** @default 10 */
  readonly failures?: number;
}

const PIP = "pip";

/** `parrotlet exam [MODEL]` */
export async function exam(reference: string | undefined, options: ExamCommandOptions): Promise<number> {
  const workspace = openWorkspace(options);
  const found = await findModel(workspace, reference);
  const other = options.against === undefined ? undefined : await findModel(workspace, options.against);
  const device = await openDevice(options.device, options);
  try {
    const show = showExamProgress(options);
    const done = await show.watch(async () => {
      const taker = new ExamTaker(device, options, show);
      const suite = await openSuite(options.suite ?? (await taker.characterOf(found)) ?? PIP, options);
      taker.announce(found, suite);
      const report = await taker.examine(found, suite, options.baselines === true);
      const file = await writeExam(found, report);
      const before = other && ((await readExam(other, suite)) ?? (await taker.examineOther(other, suite)));
      return { report, file, before };
    });
    if (typeof done === "number") return done;
    const { report, file, before } = done;
    const comparison = before && compareExams(report.answers, before.answers);
    if (options.json) {
      printJson({ ...report, ...(comparison ? { against: before.model, comparison } : {}), file });
      return EXIT.ok;
    }
    printExam(report);
    if (comparison) printComparison(comparison, report.model.label, before.model.label);
    if (file) print(`\nReport: ${file}`);
    return EXIT.ok;
  } finally {
    device.release();
  }
}

/** Examines models on one device, and says how far it is. */
class ExamTaker {
  readonly #device: Device;
  readonly #options: ExamCommandOptions;
  readonly #show: ExamProgress;
  readonly #checkpoints = new Map<FoundModel, Checkpoint>();

  constructor(device: Device, options: ExamCommandOptions, show: ExamProgress) {
    this.#device = device;
    this.#options = options;
    this.#show = show;
  }

  /** The character that a model was trained on. */
  async characterOf(found: FoundModel): Promise<string | undefined> {
    const recipe = await recipeBehind(found, await this.#checkpoint(found));
    return recipe && characterOf(recipe);
  }

  announce({ label }: FoundModel, { name, cases }: ExamSuite): void {
    const { json, quiet } = this.#options;
    if (!json && !quiet)
      print(`${label} takes the exam ${name}: ${count(cases.length)} questions. Ctrl-C stops it.`);
  }

  async examine(found: FoundModel, suite: OpenedSuite, withBaselines: boolean): Promise<ExamReport> {
    const checkpoint = await this.#checkpoint(found);
    const recipe = await recipeBehind(found, checkpoint);
    const { text, missing, overlap } = await this.#behind(found, suite, recipe, checkpoint, withBaselines);
    const { model, weights } = checkpoint;
    const played = await this.#ask(found.label, suite, checkpoint, weights);
    const baselines = withBaselines ? await this.#baselines(suite, checkpoint, recipe, text) : [];
    return examReport({
      suite: { name: suite.name, hash: suite.hash, questions: suite.cases.length },
      model: { label: found.label, step: found.step, parameters: countParameters(model) },
      ...{ played, baselines, overlap, overlapMissing: overlap ? undefined : missing },
      failures: this.#options.failures,
    });
  }

  /** Of a model that another is compared with: its report is kept as if it had been asked for. */
  async examineOther(found: FoundModel, suite: OpenedSuite): Promise<ExamReport> {
    const report = await this.examine(found, suite, false);
    await writeExam(found, report);
    return report;
  }

  async #checkpoint(found: FoundModel): Promise<Checkpoint> {
    const known =
      this.#checkpoints.get(found) ?? (await loadCheckpoint(found.storage, found.folder, this.#device));
    this.#checkpoints.set(found, known);
    return known;
  }

  /**
   * What a model was trained on, and how many of the questions stand in it. Of a folder that is no run's, what was kept beside it
   * tells the latter too, so that its text need not be read or made once more.
   */
  async #behind(
    found: FoundModel,
    suite: OpenedSuite,
    recipe: Recipe | undefined,
    checkpoint: Checkpoint,
    needed: boolean,
  ): Promise<{ text?: TrainingText; missing?: string; overlap?: ExamOverlap | undefined }> {
    const kept = found.run ? undefined : (await readExam(found, suite))?.overlap;
    if (kept && !needed) return { overlap: kept };
    const { signal } = this.#show;
    const text = await openTrainingText(recipe, checkpoint, {
      ...{ root: workspaceRoot(this.#options), signal },
      onProgress: ({ what, done, bytes }) => this.#show.progress(`${what} the training text`, done, bytes),
    });
    if ("missing" in text) return { missing: text.missing, overlap: kept };
    return { text, overlap: await this.#overlap(suite, text) };
  }

  #overlap(suite: OpenedSuite, text: TrainingText): Promise<ExamOverlap> {
    const onProgress = (done: number): void =>
      this.#show.progress("looking for the questions in the training text", done, text.bytes);
    return measureQuestions(suite.cases, text, { onProgress, signal: this.#show.signal });
  }

  async #ask(
    label: string,
    suite: ExamSuite,
    { model, tokenizer }: Checkpoint,
    weights: Weights,
  ): Promise<readonly PlayedCase[]> {
    const replier = new ModelReplier({ model, weights, tokenizer });
    try {
      return await this.#play(label, suite, replier);
    } finally {
      replier.release();
    }
  }

  async #play(label: string, suite: ExamSuite, replier: Replier): Promise<readonly PlayedCase[]> {
    let played: readonly PlayedCase[] = [];
    for await (const event of playExam(suite, replier, { signal: this.#show.signal })) {
      if (event.type === "end") played = event.played;
      else this.#show.progress(`asking ${label}`, event.done, event.of, "turn");
    }
    return played;
  }

  async #baselines(
    suite: ExamSuite,
    checkpoint: Checkpoint,
    recipe: Recipe | undefined,
    text: TrainingText | undefined,
  ): Promise<ExamBaseline[]> {
    const baselines: ExamBaseline[] = [];
    const add = (name: string, played: readonly PlayedCase[]): void =>
      void baselines.push({ name, scores: scoreExam(played) });
    const { model, weights, tokenizer } = checkpoint;
    if (text) {
      this.#show.progress("counting pairs of tokens", 0, 1);
      const { contextWindow } = model.config;
      const counts = new BigramModel(text.sequences(), tokenizer.size);
      const replier = bigramReplier(counts, {
        tokenizer,
        contextWindow,
        maxNewTokens: mostReplyTokens(tokenizer),
      });
      add("bigram model", await this.#play("the bigram model", suite, replier));
      const memory = new NearestQuestion();
      for (const item of text.items()) memory.learn(item);
      add("nearest question", await this.#play("pure memory", suite, memory));
    } else if (!this.#options.json)
      printNote("No bigram model and no memory: the training text is not at hand.");
    for (const [name, other] of [
      ["untrained", untrained(weights, recipe?.seed ?? 1)],
      ["attention off", withoutAttention(weights)],
    ] as const) {
      add(name, await this.#ask(`the model ${name}`, suite, checkpoint, other));
      other.release();
    }
    return baselines;
  }
}
