import { once } from "node:events";
import type { CorpusKind } from "../data/index.ts";
import { makeCorpus } from "../node/index.ts";
import { showMade, showSample } from "./show-made.ts";
import { showPreparation } from "./show-preparation.ts";
import { EXIT, print, printJson, printNote } from "./terminal.ts";

export interface MakeCommandOptions {
  /** Bytes. */
  readonly size?: number;
  readonly seed?: number;
  readonly kind?: readonly CorpusKind[];
  readonly out?: string;
  readonly exam?: string;
  readonly samples?: number;
  readonly json?: boolean;
}

/** `parrotlet data make NAME`. Into a pipe goes the text itself, unless it goes into files or something else is asked for. */
export async function make(name: string, options: MakeCommandOptions): Promise<number> {
  const { size, seed, kind, out, exam, samples, json = false } = options;
  const streams = out === undefined && !json && samples === undefined && process.stdout.isTTY !== true;
  const stopped = streams ? "" : "Stopped. Nothing was written.";
  const { progress, signal, watch } = showPreparation({ json, quiet: streams, stopped });
  const done = await watch(() =>
    makeCorpus(name, {
      ...{ kinds: kind, bytes: size, seed, folder: out, exam, samples, signal },
      onLines: streams ? writeLines : undefined,
      onProgress: (made, bytes) => progress({ what: "making", source: name, done: made, bytes }),
    }),
  );
  if (typeof done === "number") return done;
  if (json) printJson(done);
  else if (streams) printNote(showMade(done));
  else {
    if (done.samples.length > 0) print(`${done.samples.map(showSample).join("\n\n")}\n`);
    print(showMade(done));
  }
  return EXIT.ok;
}

/** Waits for a reader that is slower. */
async function writeLines(lines: string): Promise<void> {
  if (!process.stdout.write(lines)) await once(process.stdout, "drain");
}
