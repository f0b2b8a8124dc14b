export { countPerfect, type Examination, Examiner, type GradedAnswer } from "./examine.ts";
export { grade, similarity, type Verdict } from "./grade.ts";
export { type Sample, type Validation, Validator, type ValidatorOptions } from "./validator.ts";
