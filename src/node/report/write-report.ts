import { encodeText } from "../../base/index.ts";
import type { Run } from "../../workspace/index.ts";
import { isText, type Report, summarize } from "../../workspace/index.ts";
import { charts } from "./charts.ts";
import { pairMarkdown } from "./pair-markdown.ts";
import { textMarkdown } from "./text-markdown.ts";

/** Saves `report.md` with its pictures in the run's folder. Returns the report and where it lies. */
export async function writeReport(run: Run): Promise<{ report: Report; file: string } | undefined> {
  const [events, recipe] = [await run.events(), await run.recipe()];
  const report = summarize(run.name, events);
  if (!report) return undefined;
  for (const [name, picture] of charts(events))
    await run.storage.write(`${run.path}/${name}`, encodeText(picture));
  const markdown = isText(events) ? textMarkdown(report, recipe) : pairMarkdown(report, recipe);
  await run.storage.write(`${run.path}/report.md`, encodeText(markdown));
  return { report, file: run.storage.describe(`${run.path}/report.md`) };
}
