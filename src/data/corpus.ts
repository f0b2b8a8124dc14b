import { ParrotletError, shown } from "../base/index.ts";

/** One question with its answer. */
export interface Pair {
  readonly question: string;
  readonly answer: string;
}

/** A pair to learn from. */
export interface TrainingPair extends Pair {
  readonly category: string | undefined;
  /** How many rows of training data it makes. */
  readonly times: number;
  /** Where it stands in its file, from 1. */
  readonly line: number;
}

/** Questions and answers to train on, and the questions to examine with. */
export interface Corpus {
  readonly title: string;
  readonly pairs: readonly TrainingPair[];
  /** Some of the training questions: does the model know its lines? */
  readonly exam: readonly Pair[];
  /** Questions that are not in the training data, each with what would be a good answer. */
  readonly unseen: readonly Pair[];
}

/** What is wrong with a file of data, and where. */
export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly message: string;
  /** It is a question with several answers. @default false */
  readonly ambiguous?: boolean;
}

/** What a reader makes of a file before the parts are held against each other. */
export interface RawCorpus {
  readonly title?: string | undefined;
  readonly pairs: readonly TrainingPair[];
  /** Questions, or `undefined` where the file does not choose. */
  readonly exam?: readonly { readonly question: string; readonly line: number }[] | undefined;
  readonly unseen?: readonly (Pair & { readonly line: number })[] | undefined;
  readonly problems: readonly Problem[];
}

/** The most rows that one pair may make. */
export const MOST_TIMES = 1000;

/** Whether a file says sensibly how many rows a pair makes. */
export const isTimes = (value: unknown): boolean =>
  Number.isInteger(Number(value)) && Number(value) >= 1 && Number(value) <= MOST_TIMES;

const MOST_PROBLEMS = 10;
const EXAM_SIZE = 8;

/**
 * Checks what a reader found: no empty text, no question with two answers, exam questions that are in the training data
 * and unseen ones that are not. Without an exam, eight questions from all over the file are taken.
 *
 * @throws {ParrotletError} `corpus-invalid`, with every problem and its line.
 */
export function checkCorpus(untrimmed: RawCorpus, file: string, otherwiseTitled: string): Corpus {
  const raw = trimmed(untrimmed);
  const answers = new Map<string, TrainingPair>();
  for (const pair of raw.pairs) if (!answers.has(pair.question)) answers.set(pair.question, pair);
  const problems = [
    ...raw.problems,
    ...raw.pairs.flatMap((pair) => pairProblems(pair, answers.get(pair.question) ?? pair)),
    ...examProblems(raw.exam),
    ...(raw.exam ?? []).flatMap(({ question, line }) =>
      answers.has(question)
        ? []
        : [{ line, message: `the exam asks ${quote(question)}, which no conversation does.` }],
    ),
    ...(raw.unseen ?? []).flatMap(({ question, line }) =>
      answers.has(question)
        ? [{ line, message: `${quote(question)} is listed as unseen, but a conversation asks it.` }]
        : [],
    ),
  ];
  if (problems.length === 0 && answers.size === 0)
    problems.push({ line: 1, message: "there are no conversations." });
  if (problems.length > 0) throw corpusError(file, problems, raw.pairs.length);
  const different = [...answers.values()];
  return {
    title: raw.title ?? otherwiseTitled,
    pairs: raw.pairs,
    exam:
      raw.exam?.map(({ question }) => ({ question, answer: answers.get(question)?.answer ?? "" })) ??
      spread(different, EXAM_SIZE),
    unseen: raw.unseen?.map(({ question, answer }) => ({ question, answer })) ?? [],
  };
}

/** An exam asks something, and nothing twice. */
function examProblems(exam: RawCorpus["exam"]): Problem[] {
  if (!exam) return [];
  if (exam.length === 0) return [{ line: 1, message: "the exam is empty. Leave it out to have one chosen." }];
  const asked = new Set<string>();
  return exam.flatMap(({ question, line }) => {
    const twice = asked.has(question);
    asked.add(question);
    return twice ? [{ line, message: `the exam asks ${quote(question)} twice.` }] : [];
  });
}

/** What is wrong with one pair, also in comparison with the first that asks the same. */
function pairProblems({ question, answer, line }: TrainingPair, first: TrainingPair): Problem[] {
  if (question === "") return [{ line, message: "the question is empty." }];
  if (answer === "") return [{ line, message: "the answer is empty." }];
  if (first.answer === answer) return [];
  const both = `${quote(first.answer)} (line ${first.line}) and ${quote(answer)}`;
  return [{ line, message: `${quote(question)} has two answers: ${both}.`, ambiguous: true }];
}

/** Space around a text is never meant: in a chat nobody could type it. */
function trimmed({ pairs, exam, unseen, ...rest }: RawCorpus): RawCorpus {
  const trim = <T extends Pair>(pair: T): T => ({
    ...pair,
    question: pair.question.trim(),
    answer: pair.answer.trim(),
  });
  return {
    ...rest,
    pairs: pairs.map(trim),
    exam: exam?.map((each) => ({ ...each, question: each.question.trim() })),
    unseen: unseen?.map(trim),
  };
}

/** The different pairs of a corpus, each once, in their order. */
export function differentPairs(corpus: Corpus): Pair[] {
  const byQuestion = new Map(
    corpus.pairs.map(({ question, answer }) => [question, { question, answer }] as const),
  );
  return [...byQuestion.values()];
}

/** `corpus-invalid`: what is wrong with a file of questions and answers. */
export class CorpusError extends ParrotletError {
  /** The first problem, if all there is is that questions have several answers: more than pairs can be, but no mistake elsewhere. */
  readonly ambiguous: string | undefined;

  /** How many pairs there are besides. */
  readonly pairs: number;

  constructor(message: string, ambiguous: string | undefined, pairs: number) {
    super("corpus-invalid", message);
    this.ambiguous = ambiguous;
    this.pairs = pairs;
  }
}

function corpusError(file: string, problems: readonly Problem[], pairs: number): CorpusError {
  const inOrder = [...problems].sort((a, b) => a.line - b.line);
  const lines = inOrder.slice(0, MOST_PROBLEMS).map(({ line, message }) => `  line ${line}: ${message}`);
  if (problems.length > MOST_PROBLEMS) lines.push(`  ... and ${problems.length - MOST_PROBLEMS} more`);
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  const [first] = inOrder;
  const ambiguous = problems.every((problem) => problem.ambiguous) ? first : undefined;
  return new CorpusError(
    `${file} has ${count}:\n${lines.join("\n")}`,
    ambiguous && `line ${ambiguous.line}: ${ambiguous.message}`,
    pairs,
  );
}

/** Up to `count` items at even distances. */
function spread<T extends Pair>(items: readonly T[], count: number): Pair[] {
  const wanted = Math.min(count, items.length);
  const chosen = Array.from({ length: wanted }, (_, i) => items[Math.floor((i * items.length) / wanted)]);
  return chosen.flatMap((item) => (item ? [{ question: item.question, answer: item.answer }] : []));
}

const quote = (text: string): string => shown(text);
