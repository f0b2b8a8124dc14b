import { isAbsolute, relative, resolve, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ParrotletError, Rng } from "../../base/index.ts";
import {
  type CorpusKind,
  type MadeItem,
  type MadeReport,
  MadeStatistics,
  makeExam,
  makeItems,
} from "../../data/index.ts";
import { type OpenedPack, openPack } from "../packs.ts";
import { FileWriter } from "./file-writer.ts";
import { MadeFiles, recordOf } from "./made-files.ts";
import { PACK_BYTES } from "./pack-reference.ts";

export interface MakeCorpusOptions {
  /** @default all */
  readonly kinds?: readonly CorpusKind[] | undefined;
  /** How much text. @default 5 MB */
  readonly bytes?: number | undefined;
  /** @default 1 */
  readonly seed?: number | undefined;
  /** A folder for `sentences.txt`, `stories.txt`, `questions.jsonl` and `conversations.jsonl`. */
  readonly folder?: string | undefined;
  /** A file for the cases of the exam, as JSONL. */
  readonly exam?: string | undefined;
  /** Is given all that is made, as lines of JSONL. */
  readonly onLines?: ((lines: string) => Promise<void>) | undefined;
  /** Items that are shown, each with the same chance. @default 0 */
  readonly samples?: number | undefined;
  readonly onProgress?: ((done: number, bytes: number) => void) | undefined;
  /** Ends it; no file is left then. */
  readonly signal?: AbortSignal | undefined;
}

/** Text that was made. Plain data. */
export interface MadeCorpus {
  readonly pack: string;
  readonly seed: number;
  readonly seconds: number;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly exam?: { readonly path: string; readonly cases: number } | undefined;
  readonly report: MadeReport;
  readonly samples: readonly MadeItem[];
}

/** UTF-8 bytes between two looks at signals, and at which lines are given away. */
const TURN = 1 << 18;
/** Tells what samples are drawn by from what text is made by. */
const SAMPLING = 0x6d616b65;

/**
 * Makes text of a character and its world, into files or lines, and counts it.
 *
 * @param name See `openPack`.
 * @throws {ParrotletError} Those of `openPack` and of writing files; `exam-among-text`.
 */
export async function makeCorpus(name: string, options: MakeCorpusOptions = {}): Promise<MadeCorpus> {
  const { seed = 1, folder, exam, samples = 0, signal } = options;
  checkApart(exam, folder);
  const opened = await openPack(name);
  const began = performance.now();
  const files = folder === undefined ? undefined : new MadeFiles(folder);
  const statistics = new MadeStatistics();
  const drawn = new Drawn(samples, seed);
  try {
    await make(opened, options, async (made) => {
      const bytes = statistics.add(made);
      drawn.add(made);
      await files?.write(made);
      return bytes;
    });
    signal?.throwIfAborted();
    return {
      pack: opened.name,
      seed,
      files: (await files?.finish()) ?? [],
      exam: exam === undefined ? undefined : await writeExam(opened, exam),
      report: statistics.report(),
      samples: drawn.kept,
      seconds: (performance.now() - began) / 1000,
    };
  } catch (error) {
    await files?.discard();
    throw error;
  }
}

/** @param take Gives the bytes of an item. */
async function make(
  { pack }: OpenedPack,
  { kinds, bytes = PACK_BYTES, seed = 1, onLines, onProgress, signal }: MakeCorpusOptions,
  take: (made: MadeItem) => Promise<number>,
): Promise<void> {
  let [done, turn, lines] = [0, TURN, ""];
  for (const made of makeItems(pack, { ...(kinds && { kinds }), bytes, seed })) {
    done += await take(made);
    if (onLines) lines += `${JSON.stringify({ kind: made.kind, ...recordOf(made) })}\n`;
    if (done < turn) continue;
    turn = done + TURN;
    await onLines?.(lines);
    lines = "";
    onProgress?.(Math.min(done, bytes), bytes);
    await setImmediate();
    signal?.throwIfAborted();
  }
  await onLines?.(lines);
}

async function writeExam({ pack }: OpenedPack, path: string): Promise<{ path: string; cases: number }> {
  const cases = makeExam(pack);
  const writer = await FileWriter.open(resolve(path));
  try {
    for (const each of cases) await writer.write(`${JSON.stringify(each)}\n`);
    await writer.finish();
  } catch (error) {
    await writer.discard();
    throw error;
  }
  return { path: resolve(path), cases: cases.length };
}

/** Questions of an exam in a folder of text would be learned with it. */
function checkApart(exam: string | undefined, folder: string | undefined): void {
  if (exam === undefined || folder === undefined) return;
  const way = relative(resolve(folder), resolve(exam));
  if (way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) return;
  const message = `The exam ${exam} would lie in ${folder}, and be learned with the text there. Name a file outside of it.`;
  throw new ParrotletError("exam-among-text", message);
}

/** @see Vitter 1985, "Random sampling with a reservoir", algorithm R. https://doi.org/10.1145/3147.3165 */
class Drawn {
  readonly kept: MadeItem[] = [];
  readonly #count: number;
  readonly #rng: Rng;
  #seen = 0;

  constructor(count: number, seed: number) {
    this.#count = count;
    this.#rng = new Rng(seed, SAMPLING);
  }

  add(made: MadeItem): void {
    if (this.#count === 0) return;
    const slot = this.#seen < this.#count ? this.#seen : this.#rng.below(this.#seen + 1);
    this.#seen++;
    if (slot < this.#count) this.kept[slot] = made;
  }
}
