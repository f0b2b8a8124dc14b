import { setImmediate } from "node:timers/promises";
import { type ExamCase, QuestionMeter, textsOf } from "../../data/index.ts";
import { type ExamOverlap, tallyOverlap } from "../../evaluate/index.ts";
import type { TrainingText } from "./training-text.ts";

export interface MeasureQuestionsOptions {
  /** Is told UTF-16 units of training text that were gone through. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Units between two reports of progress, at which signals are seen too. */
const REPORT_UNITS = 1 << 19;

/** How many of the questions stand in what a model was trained on. All of it is gone through. */
export async function measureQuestions(
  cases: readonly ExamCase[],
  text: TrainingText,
  { onProgress, signal }: MeasureQuestionsOptions = {},
): Promise<ExamOverlap> {
  const meter = new QuestionMeter();
  for (const { turns } of cases) meter.addQuestion(turns);
  let [done, reported] = [0, 0];
  for (const item of text.items()) {
    meter.addTraining(item);
    for (const each of textsOf(item)) done += each.length;
    if (done - reported < REPORT_UNITS) continue;
    reported = done;
    onProgress?.(done);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return tallyOverlap(cases, meter.report());
}
