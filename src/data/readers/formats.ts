import type { Format } from "./format.ts";
import { chats } from "./read-chats.ts";
import { csv, tsv } from "./read-csv.ts";
import { json } from "./read-json.ts";
import { jsonl } from "./read-jsonl.ts";
import { parquet } from "./read-parquet.ts";
import { markdown, text } from "./read-text.ts";
import { yaml } from "./read-yaml.ts";

/**
 * All formats that files are read in. To add one: write a file that exports a `Format`, and put a row here. The one that recognises a
 * file most surely reads it, so the order does not matter.
 */
export const formats: readonly Format[] = [
  // Exports of chat programs and transcripts stand here: they must be surer of their files than the general formats below.
  ...chats,
  parquet,
  jsonl,
  json,
  csv,
  tsv,
  yaml,
  markdown,
  text,
];
