/**
 * How an exam question relates to what is trained on: its pattern and its fact both occur; its pattern never does; its pattern and
 * its fact never occur together; or it is about something that the world does not have.
 */
export type ExamPart = "seen" | "rephrased" | "recombined" | "outside";

/** The parts, in the order of reports. */
export const EXAM_PARTS: readonly ExamPart[] = ["seen", "rephrased", "recombined", "outside"];

/** When a reply is right. Case and punctuation never count; words are compared whole. */
export interface Rule {
  /** The reply has all texts of one of these lists. */
  readonly right: readonly (readonly string[])[];
  /** The reply has none of these. */
  readonly wrong: readonly string[];
  /** The right reply is to say that one does not know; where `false`, to say so is wrong. */
  readonly refuses: boolean;
  /** Sentences that the reply has at least. @default 0 */
  readonly sentences?: number | undefined;
}

/** A question of the exam, with what is said before it. */
export interface ExamCase {
  /** Tells it apart from all others, whatever is added to the exam. */
  readonly id: string;
  readonly skill: string;
  readonly part: ExamPart;
  /** What the user says, turn by turn; the model's own replies stand between. The last one is the question that is graded. */
  readonly turns: readonly string[];
  readonly rule: Rule;
  /** For questions about what was told before: how many of its turns ago the user told it. */
  readonly distance?: number | undefined;
}
