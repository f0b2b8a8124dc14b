import { stat } from "node:fs/promises";
import { ParrotletError, shown } from "../../base/index.ts";
import { inspectSource, isHubReference, isPackReference } from "../../node/index.ts";
import { showInspection } from "../show-inspection.ts";
import { showPreparation } from "../show-preparation.ts";
import { EXIT, print, printJson } from "../terminal.ts";
import { readingOptions, type TrainCommandOptions } from "../training-options.ts";

export interface InspectCommandOptions
  extends Pick<TrainCommandOptions, "encoding" | "format" | "me" | "columns" | "gapHours"> {
  readonly json?: boolean;
  /** @default true */
  readonly nearDuplicates?: boolean;
  /** The most items that are looked at. @default all */
  readonly limit?: number;
}

/** `parrotlet data inspect FILE|FOLDER|hf:...` */
export async function inspect(what: string, options: InspectCommandOptions): Promise<number> {
  await checkThere(what);
  const { nearDuplicates, limit, json } = options;
  const { progress, notice, signal, watch } = showPreparation(options);
  const done = await watch(() =>
    inspectSource(what, {
      reading: readingOptions(options),
      nearDuplicates,
      limit,
      signal,
      // What machines read is one JSON text.
      onNotice: json ? (text) => void process.stderr.write(`${text}\n`) : notice,
      onProgress: (read, bytes) => progress({ what: "looking at", source: what, done: read, bytes }),
      onDownload: ({ bytes: read, total }) =>
        progress({ what: "downloading", source: what, done: read, bytes: total }),
    }),
  );
  if (typeof done === "number") return done;
  if (json) printJson(done);
  else print(showInspection(done));
  return done.ended === "stopped" ? EXIT.interrupted : EXIT.ok;
}

async function checkThere(what: string): Promise<void> {
  if (isHubReference(what) || isPackReference(what) || (await stat(what).catch(() => undefined))) return;
  const message = `There is no file or folder ${shown(what)}. Datasets of the Hugging Face Hub are written hf:owner/dataset, text of a character pack:pip.`;
  throw new ParrotletError("data-not-found", message);
}
