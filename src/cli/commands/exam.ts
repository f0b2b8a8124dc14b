import { compareExams } from "../../evaluate/index.ts";
import { findModel, openDevice, openSuite, readExam, writeExam } from "../../node/index.ts";
import { ExamTaker } from "../exam-taker.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { printComparison, printExam } from "../show-exam.ts";
import { showExamProgress } from "../show-exam-progress.ts";
import { EXIT, print, printJson } from "../terminal.ts";

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
    if (comparison && other) printComparison(comparison, report.model.label, other.label);
    if (file) print(`\nReport: ${file}`);
    return EXIT.ok;
  } finally {
    device.release();
  }
}
