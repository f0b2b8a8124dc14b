import { decodeText, encodeText, type Storage } from "../../base/index.ts";
import type { ExamReport } from "../../evaluate/index.ts";
import type { FoundModel } from "../find-model.ts";
import { examMarkdown } from "./exam-markdown.ts";

const FORMAT = 1;
const JSON_FILE = "exam.json";

/** Where the exams of a model lie: in its run, by suite and step; of a folder that is no run, in the folder itself. */
function examFolder({ run, folder, step }: FoundModel, suite: string): string {
  if (!run) return folder;
  const safe = suite.replaceAll(/[^\w-]+/g, "-");
  return `${run.path}/exams/${safe}-step-${String(step ?? 0).padStart(6, "0")}`;
}

/**
 * Keeps a report with the run of its model: `exam.json`, and `exam.md` for people. Returns where the latter lies; nothing where the
 * model is no run's: its folder is not ours to write into.
 */
export async function writeExam(found: FoundModel, report: ExamReport): Promise<string | undefined> {
  if (!found.run) return undefined;
  const { storage } = found.run;
  const folder = examFolder(found, report.suite.name);
  await storage.write(`${folder}/exam.md`, encodeText(examMarkdown(report)));
  const text = `${JSON.stringify({ format: FORMAT, ...report }, null, 1)}\n`;
  await storage.write(`${folder}/${JSON_FILE}`, encodeText(text));
  return storage.describe(`${folder}/exam.md`);
}

/** The report that was kept of a model and a suite; nothing where there is none, or one of other questions. */
export async function readExam(
  found: FoundModel,
  suite: { readonly name: string; readonly hash: string },
): Promise<ExamReport | undefined> {
  const storage: Storage = found.run?.storage ?? found.storage;
  const bytes = await storage.read(`${examFolder(found, suite.name)}/${JSON_FILE}`);
  const value = bytes && parsed(decodeText(bytes));
  if (!value || value["format"] !== FORMAT) return undefined;
  const { answers, overlap, suite: asked, model } = value as { [K in keyof ExamReport]?: unknown };
  const whole =
    Array.isArray(answers) &&
    answers.every((each) => hasKinds(each, { id: "string", right: "boolean" })) &&
    hasKinds(model, { label: "string", parameters: "number" }) &&
    (overlap === undefined || isOverlap(overlap));
  const same = isObject(asked) && asked["hash"] === suite.hash;
  return whole && same ? (value as unknown as ExamReport) : undefined;
}

/** A stranger may have written what lies beside a model: of it is checked what is compared and printed. */
const isOverlap = (value: unknown): boolean =>
  isObject(value) &&
  areTallies(value["parts"]) &&
  Array.isArray(value["skills"]) &&
  value["skills"].every((each) => hasKinds(each, { skill: "string" }) && areTallies(each["parts"]));

const areTallies = (parts: unknown): boolean =>
  isObject(parts) &&
  Object.values(parts).every(
    (each) =>
      hasKinds(each, { questions: "number", exact: "number", within: "number" }) &&
      hasKinds(each["conversations"], { all: "number", found: "number" }) &&
      hasKinds(each["grams"], { all: "number", found: "number" }),
  );

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;

const hasKinds = (
  value: unknown,
  kinds: Readonly<Record<string, string>>,
): value is Record<string, unknown> =>
  isObject(value) && Object.entries(kinds).every(([key, kind]) => typeof value[key] === kind);

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
