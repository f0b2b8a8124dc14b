export { countPerfect, type Examination, Examiner, type GradedAnswer } from "./examine.ts";
export { grade, similarity, type Verdict } from "./grade.ts";
export { countParameters, untrained, withoutAttention } from "./suite/baselines.ts";
export { BigramModel, type BigramReplierOptions, bigramReplier } from "./suite/bigram-model.ts";
export {
  type CaseOutcome,
  compareExams,
  type Difference,
  type ExamComparison,
  signTest,
} from "./suite/compare-exams.ts";
export { type ExamOverlap, type OverlapTally, tallyOverlap } from "./suite/exam-overlap.ts";
export {
  describeFault,
  type ExamAnswer,
  type ExamBaseline,
  type ExamFailure,
  type ExamReport,
  type ExamReportOptions,
  examReport,
} from "./suite/exam-report.ts";
export { describeRule, type Fault, gradeReply, type ReplyGrade } from "./suite/grade-reply.ts";
export { NearestQuestion } from "./suite/nearest-question.ts";
export { type ExamEvent, type ExamSuite, type PlayedCase, playExam } from "./suite/play-exam.ts";
export {
  ModelReplier,
  type ModelReplierOptions,
  mostReplyTokens,
  type Replier,
  type Reply,
} from "./suite/replier.ts";
export {
  type ExamScores,
  type SkillScore,
  scoreExam,
  shareRight,
  summed,
  type Tally,
} from "./suite/score-exam.ts";
export { worstFailures } from "./suite/worst-failures.ts";
export { type Sample, type Validation, Validator, type ValidatorOptions } from "./validator.ts";
