export { countPerfect, type Examination, Examiner, type GradedAnswer } from "./examine.ts";
export { grade, similarity, type Verdict } from "./grade.ts";
