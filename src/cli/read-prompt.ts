import { fstatSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { decodeText, ParrotletError, shown } from "../base/index.ts";

/**
 * The text to go on with: that of `--prompt`, of `--prompt-file`, or what is piped in; else none. Editors and `echo` end a text
 * with a line break that nobody means: of a file and a pipe, one is left out.
 *
 * @throws {ParrotletError} `usage` where both are given; `data-not-found`.
 */
export async function readPrompt({
  prompt,
  promptFile,
}: {
  readonly prompt?: string;
  readonly promptFile?: string;
}): Promise<string> {
  if (prompt !== undefined && promptFile !== undefined)
    throw new ParrotletError("usage", "--prompt and --prompt-file do not go together. Give one of them.");
  if (prompt !== undefined) return prompt;
  if (promptFile !== undefined) return withoutBreak(decodeText(await bytesOf(promptFile)));
  return isPiped() ? withoutBreak(await text(process.stdin)) : "";
}

const withoutBreak = (text: string): string => text.replace(/\r?\n$/, "");

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const message = `The prompt's file ${shown(path)} cannot be read: ${(cause as Error).message}.`;
    throw new ParrotletError("data-not-found", message, { cause });
  }
}

/** Whether somebody sends something. What a terminal or nothing at all is attached to is not waited for. */
function isPiped(): boolean {
  try {
    const input = fstatSync(0);
    return input.isFIFO() || input.isFile() || input.isSocket();
  } catch {
    return false;
  }
}
