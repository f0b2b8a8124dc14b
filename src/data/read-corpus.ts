import { lastPart, ParrotletError, shown } from "../base/index.ts";
import { type Corpus, checkCorpus } from "./corpus.ts";
import { readCsv, readJsonLines } from "./tables.ts";
import { readYaml } from "./yaml-corpus.ts";

const readers = { yaml: readYaml, yml: readYaml, jsonl: readJsonLines, csv: readCsv, tsv: readCsv };

/**
 * Reads a file of questions and answers: YAML, JSONL, CSV or TSV, by the ending of its name.
 *
 * @param file Its name or path, also for errors.
 * @throws {ParrotletError} `corpus-invalid`, with every problem and its line; `corpus-format` for other endings.
 */
export function readCorpus(bytes: Uint8Array, file: string): Corpus {
  const name = lastPart(file);
  const [, stem = name, ending = ""] = /^(.+)\.([^.]+)$/.exec(name) ?? [];
  const reader = readers[ending.toLowerCase() as keyof typeof readers];
  if (!reader) {
    const known = Object.keys(readers)
      .map((each) => `.${each}`)
      .join(", ");
    throw new ParrotletError(
      "corpus-format",
      `${file} ends in ${ending ? `.${ending}` : "nothing"}; files of questions and answers end in ${known}.`,
    );
  }
  return checkCorpus(reader(decodeUtf8(bytes, file)), file, stem);
}

/** @throws {ParrotletError} `corpus-encoding`, with the line. */
function decodeUtf8(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const before = new TextDecoder().decode(bytes).split("\uFFFD", 1)[0] ?? "";
    const line = before.split("\n").length;
    const near = shown(before.slice(-20).split("\n").at(-1) ?? "");
    const message = `${file}, line ${line}: not UTF-8 text, after ${near}. Save the file as UTF-8; spreadsheets call it "CSV UTF-8".`;
    throw new ParrotletError("corpus-encoding", message);
  }
}
