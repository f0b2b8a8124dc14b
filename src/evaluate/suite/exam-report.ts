import type { ExamPart } from "../../data/index.ts";
import type { TemplateMessage } from "../../text/index.ts";
import type { CaseOutcome } from "./compare-exams.ts";
import type { ExamOverlap } from "./exam-overlap.ts";
import { describeRule, type Fault } from "./grade-reply.ts";
import type { PlayedCase } from "./play-exam.ts";
import { type ExamScores, scoreExam } from "./score-exam.ts";
import { worstFailures } from "./worst-failures.ts";

/** What came of an exam. The same model and suite give the same report: it holds no time. */
export interface ExamReport {
  readonly suite: {
    readonly name: string;
    /** Tells its questions and rules apart from all others. */
    readonly hash: string;
    readonly questions: number;
  };
  readonly model: {
    /** `pip@2000`, or a folder's name. */
    readonly label: string;
    readonly step?: number | undefined;
    readonly parameters: number;
  };
  readonly scores: ExamScores;
  /** Of the questions with what the model was trained on. Absent where that is not at hand. */
  readonly overlap?: ExamOverlap | undefined;
  /** Why there is no overlap. */
  readonly overlapMissing?: string | undefined;
  /** What knows less, on the same questions. */
  readonly baselines: readonly ExamBaseline[];
  readonly failures: readonly ExamFailure[];
  readonly answers: readonly ExamAnswer[];
}

export interface ExamBaseline {
  readonly name: string;
  readonly scores: ExamScores;
}

/** A wrong reply in full. */
export interface ExamFailure {
  readonly id: string;
  readonly skill: string;
  readonly part: ExamPart;
  /** All that was said, the wrong reply last. */
  readonly conversation: readonly TemplateMessage[];
  /** What would have been right, in words. */
  readonly expected: string;
  readonly fault: Fault | undefined;
  /** The wrong text that it holds, where that is its fault. */
  readonly found?: string | undefined;
}

/** What a model said to a question. */
export interface ExamAnswer extends CaseOutcome {
  readonly refused: boolean;
  readonly turns: readonly string[];
  readonly replies: readonly string[];
}

export interface ExamReportOptions
  extends Pick<ExamReport, "suite" | "model" | "overlap" | "overlapMissing"> {
  readonly played: readonly PlayedCase[];
  /** @default none */
  readonly baselines?: readonly ExamBaseline[] | undefined;
  /** Failures in full. @default 10 */
  readonly failures?: number | undefined;
}

export function examReport(options: ExamReportOptions): ExamReport {
  const { suite, model, overlap, overlapMissing, played, baselines = [], failures = 10 } = options;
  return {
    ...{ suite, model, overlap, overlapMissing, baselines },
    scores: scoreExam(played),
    failures: worstFailures(played, failures).map(failureOf),
    answers: played.map(({ case: { id, skill, part, turns }, replies, grade }) => {
      const { right, refused } = grade;
      return { id, skill, part, right, refused, turns, replies };
    }),
  };
}

function failureOf({ case: { id, skill, part, turns, rule }, replies, grade }: PlayedCase): ExamFailure {
  const conversation = turns.flatMap((text, index): TemplateMessage[] => [
    { role: "user", text },
    { role: "assistant", text: replies[index] ?? "" },
  ]);
  const { fault, found } = grade;
  return { id, skill, part, conversation, expected: describeRule(rule), fault, ...(found ? { found } : {}) };
}

/** Why a reply is not right, in words. */
export function describeFault({ fault, found }: Pick<ExamFailure, "fault" | "found">): string {
  const texts: Readonly<Record<Fault, string>> = {
    silent: "it says nothing",
    refuses: "it says that it does not know",
    invents: "it does not say that it does not know",
    misses: "nothing right is in it",
    wrong: `it holds ${JSON.stringify(found ?? "")}`,
    short: "too few sentences",
    endless: "it does not end",
  };
  return fault ? texts[fault] : "";
}
