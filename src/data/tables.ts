import { shown } from "../base/index.ts";
import { isTimes, MOST_TIMES, type Problem, type RawCorpus, type TrainingPair } from "./corpus.ts";
import { delimiterOf, parseCsv } from "./csv.ts";

/** The names under which people keep their questions and answers, in lower case. */
const QUESTION = ["question", "q", "prompt"];
const ANSWER = ["answer", "a", "completion", "response"];

const lookUp = <T>(record: ReadonlyMap<string, T>, names: readonly string[]): T | undefined =>
  names.map((name) => record.get(name)).find((value) => value !== undefined);

/** One pair a row; the first row names the columns. `category` and `times` are optional. */
export function readCsv(text: string): RawCorpus {
  const pairs: TrainingPair[] = [];
  const problems: Problem[] = [];
  try {
    const [header, ...rows] = parseCsv(text, delimiterOf(text));
    const names = header?.fields.map((name) => name.trim().toLowerCase()) ?? [];
    const columns = new Map(names.map((name, index) => [name, index]));
    if (lookUp(columns, QUESTION) === undefined || lookUp(columns, ANSWER) === undefined) {
      const message = `the first line must name the columns question and answer; it names ${names.join(", ") || "none"}.`;
      return { pairs, problems: [{ line: 1, message }] };
    }
    for (const { line, fields } of rows) {
      if (fields.length !== names.length) {
        const message = `${fields.length} field${fields.length === 1 ? "" : "s"}, where the first line names ${names.length}. Put text with commas in quotes.`;
        problems.push({ line, message });
        continue;
      }
      addPair(new Map(names.map((name, index) => [name, fields[index] ?? ""])), line, pairs, problems);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const [, line = "1", message = error.message] = /^line (\d+): (.*)$/.exec(error.message) ?? [];
    problems.push({ line: Number(line), message });
  }
  return { pairs, problems };
}

/** One JSON object a line, with `question` and `answer`. */
export function readJsonLines(text: string): RawCorpus {
  const pairs: TrainingPair[] = [];
  const problems: Problem[] = [];
  for (const [index, source] of text.split(/\r\n|\n|\r/).entries()) {
    if (source.trim() === "") continue;
    const line = index + 1;
    try {
      const value: unknown = JSON.parse(source);
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        problems.push({ line, message: "this is not a JSON object." });
      } else {
        const fields = Object.entries(value).map(([name, field]) => [name.toLowerCase(), field] as const);
        addPair(new Map(fields), line, pairs, problems);
      }
    } catch {
      problems.push({ line, message: "this is not JSON." });
    }
  }
  return { pairs, problems };
}

function addPair(
  record: ReadonlyMap<string, unknown>,
  line: number,
  pairs: TrainingPair[],
  problems: Problem[],
): void {
  const [question, answer] = [lookUp(record, QUESTION), lookUp(record, ANSWER)];
  const category = record.get("category");
  const times = record.get("times") ?? 1;
  if (typeof question !== "string" || typeof answer !== "string") {
    problems.push({ line, message: "question and answer must both be there, and be text." });
  } else if (!isTimes(times)) {
    problems.push({
      line,
      message: `times is ${shown(times)}; it must be a whole number from 1 to ${MOST_TIMES}.`,
    });
  } else {
    pairs.push({
      question,
      answer,
      category: typeof category === "string" ? category : undefined,
      times: Number(times),
      line,
    });
  }
}
