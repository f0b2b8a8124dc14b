import { encodeText } from "../../base/index.ts";
import { makeExam, sha256 } from "../../data/index.ts";
import type { ExamSuite } from "../../evaluate/index.ts";
import { dataEntries, type Recipe } from "../../train/index.ts";
import { isPackReference, parsePackReference } from "../corpus/pack-reference.ts";
import { openPack } from "../packs.ts";

/** A suite, and what tells it apart from all others. */
export interface OpenedSuite extends ExamSuite {
  /** SHA-256 of its questions and rules. */
  readonly hash: string;
}

/**
 * The exam of a character.
 *
 * @param name Of a character that comes with the program, or the path of its file.
 * @param options.perPart Questions of each skill and part, at the most.
 * @throws {ParrotletError} Those of `openPack`.
 */
export async function openSuite(
  name: string,
  { perPart }: { readonly perPart?: number | undefined } = {},
): Promise<OpenedSuite> {
  const { name: own, pack } = await openPack(name);
  const cases = makeExam(pack, perPart === undefined ? {} : { perPart });
  const { marks } = pack.manners;
  const hash = await sha256(encodeText(JSON.stringify([cases, marks])).slice());
  return { name: perPart === undefined ? own : `${own}, ${perPart} a part`, cases, marks, hash };
}

/** The character that a recipe's text is made of, if it is. */
export function characterOf({ data }: Pick<Recipe, "data">): string | undefined {
  const source = dataEntries(data).find((entry) => isPackReference(entry.source))?.source;
  return source === undefined ? undefined : parsePackReference(source).name;
}
