import { createHash } from "node:crypto";
import { readFile as read, readdir, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import { closest, decodeText, ParrotletError, shown } from "../base/index.ts";
import { type Corpus, CorpusError, readCorpus } from "../data/index.ts";
import {
  type FromRecipe,
  fromOf,
  type PairData,
  parseRecipe,
  type Recipe,
  type RecipeStart,
  type TrainingData,
  unknownToStart,
} from "../train/index.ts";
import { type OpenCorpusOptions, openCorpus } from "./corpus/open-corpus.ts";
import { isPackReference } from "./corpus/pack-reference.ts";
import { absoluteSource } from "./corpus/sources.ts";
import { explained } from "./file-storage.ts";
import { holdsCharacter } from "./packs.ts";
import { shipped, shippedPath } from "./shipped.ts";

/** What a person means by the name of a training. */
export type Named =
  /** A recipe, of the program or a file. */
  | { readonly kind: "recipe"; readonly recipe: Recipe }
  /** Questions with answers, few enough to be asked for. */
  | { readonly kind: "pairs"; readonly path: string; readonly data: PairData }
  /** A character: one that comes with the program, or the path of a person's own. It is trained by a recipe of another. */
  | { readonly kind: "character"; readonly character: string }
  /** A file, a folder, a dataset of the Hub, or text to be made. */
  | {
      readonly kind: "corpus";
      readonly source: string;
      /** Why it is one, where a person may have meant questions and answers. */
      readonly notice?: string | undefined;
    };

/** More pairs than this are not learned by heart, but learned from. */
const MOST_PAIRS = 2000;
const PAIR_ENDINGS = [".yaml", ".yml", ".jsonl", ".csv", ".tsv"];

export interface FindTrainingOptions {
  /** Files are texts and conversations, whatever they hold, unless they are recipes. @default false */
  readonly onlyCorpus?: boolean | undefined;
  /** What a training begins with; is given what the recipe says of that. @default nothing: the recipe says all itself */
  readonly start?: FindStart | undefined;
}

export type FindStart = (from: FromRecipe | undefined) => Promise<RecipeStart | undefined>;

/**
 * What a person means to train: a recipe that comes with the program, a recipe file, a character, a file of questions and answers,
 * or any other text and conversations.
 *
 * @throws {ParrotletError} `recipe-not-found`, with what there is; those of `parseRecipe`, and of `readCorpus` where a file
 * is meant to be questions and answers.
 */
export async function findTraining(
  name: string,
  { onlyCorpus = false, start }: FindTrainingOptions = {},
): Promise<Named> {
  if (name.startsWith("hf:")) return { kind: "corpus", source: name };
  if (isPackReference(name)) return { kind: "corpus", source: absoluteSource(name) };
  const known = await shipped("recipes");
  const path = known.includes(name) ? shippedPath("recipes", name) : resolve(name);
  const found = await stat(path).catch(() => undefined);
  if (!found) {
    const characters = await shipped("packs");
    if (characters.includes(name)) return { kind: "character", character: name };
    throw await recipeNotFound(name, [...new Set([...known, ...characters])]);
  }
  if (
    found.isDirectory() ||
    !PAIR_ENDINGS.includes(extname(path).toLowerCase()) ||
    found.size > MOST_PAIR_BYTES
  )
    return { kind: "corpus", source: path };
  const bytes = await readFile(path);
  if (/\.ya?ml$/i.test(path) && holdsCharacter(decodeText(bytes)))
    return { kind: "character", character: path };
  if (holdsRecipe(path, bytes)) return { kind: "recipe", recipe: await readRecipe(path, bytes, start) };
  return onlyCorpus ? { kind: "corpus", source: path } : pairsOrCorpus(bytes, path);
}

/** So many pairs cannot be longer, by far. */
const MOST_PAIR_BYTES = 1 << 22;

/**
 * A file that names questions and answers, and has not too many of them, is learned by heart and examined. That takes one answer
 * to each question, and UTF-8: what has several, or is of another encoding, is a corpus like others. Any other mistake is told.
 */
function pairsOrCorpus(bytes: Uint8Array, path: string): Named {
  const corpus = { kind: "corpus", source: path } as const;
  if (!namesPairs(path, bytes)) return corpus;
  try {
    const data = pairs(readCorpus(bytes, path), bytes);
    return data.corpus.pairs.length <= MOST_PAIRS ? { kind: "pairs", path, data } : corpus;
  } catch (error) {
    if (!(error instanceof ParrotletError)) throw error;
    if (error instanceof CorpusError && error.pairs > MOST_PAIRS) return corpus;
    const why = whyCorpus(error);
    // Who writes an exam means pairs.
    if (why === undefined || hasExam(path, bytes)) throw error;
    const notice = `${path} is trained as conversations, not as pairs to be examined: ${why}`;
    return { ...corpus, notice };
  }
}

const hasExam = (path: string, bytes: Uint8Array): boolean =>
  /\.ya?ml$/i.test(path) && /^(exam|unseen) *:/m.test(decodeText(bytes));

function whyCorpus(error: ParrotletError): string | undefined {
  if (error instanceof CorpusError && error.ambiguous)
    return `${error.ambiguous} Give one answer a question to have it examined.`;
  if (error.code === "corpus-encoding") return "it is not UTF-8.";
  return undefined;
}

/** Whether a file names a question and an answer where its format has the names: text in which the words come does not count. */
function namesPairs(path: string, bytes: Uint8Array): boolean {
  const head = decodeText(bytes.subarray(0, 65536)).replace(/^\uFEFF/, "");
  const [first = ""] = head.trimStart().split(/\r\n|\n|\r/, 1);
  const names = /\.ya?ml$/i.test(path)
    ? [...head.matchAll(/(?:^[ -]*|[{,] *)["']?(\w+)["']? *:/gm)].map(([, name = ""]) => name)
    : /\.jsonl$/i.test(path)
      ? [...first.matchAll(/"(\w+)"\s*:\s*"/g)].map(([, name = ""]) => name)
      : first.split(/[,;\t]/).map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  const lower = new Set(names.map((name) => name.toLowerCase()));
  const any = (wanted: readonly string[]): boolean => wanted.some((name) => lower.has(name));
  return any(["question", "prompt"]) && any(["answer", "completion", "response"]);
}

/** A recipe that comes with the program. */
export async function findRecipe(name: string): Promise<Recipe> {
  const path = shippedPath("recipes", name);
  return readRecipe(path, await readFile(path));
}

/**
 * Reads what a recipe learns from.
 *
 * @throws {ParrotletError} Those of `loadPairs` and `openCorpus`.
 */
export async function loadData(recipe: Recipe, options: OpenCorpusOptions): Promise<TrainingData> {
  if (recipe.task === "corpus") {
    return openCorpus(recipe, options).catch((error: unknown) => {
      throw unknownToStart(error, recipe);
    });
  }
  const { tokenizer } = options;
  if (typeof recipe.data === "string" && !isPackReference(recipe.data))
    return { ...(await loadPairs(recipe.data)), tokenizer };
  const message =
    typeof recipe.data === "string"
      ? `A recipe of pairs learns from a file. To learn from ${recipe.data}, say task: corpus.`
      : "A recipe of pairs learns from one file. For several, say task: corpus.";
  throw new ParrotletError("recipe-invalid", message);
}

/**
 * Reads questions and answers.
 *
 * @param data The name of a corpus that comes with the program, or a path.
 * @throws {ParrotletError} `data-not-found`; those of `readCorpus`.
 */
export async function loadPairs(data: string): Promise<PairData> {
  const own = (await shipped("corpora")).includes(data);
  const path = own ? shippedPath("corpora", data) : resolve(data);
  if (!(await stat(path).catch(() => undefined))) {
    const message = `The data file ${path} is not there. Put it back, or name another with data: in the recipe.`;
    throw new ParrotletError("data-not-found", message);
  }
  const bytes = await readFile(path);
  return pairs(readCorpus(bytes, own ? `${data}.yaml` : path), bytes);
}

const pairs = (corpus: Corpus, bytes: Uint8Array): PairData => ({
  kind: "pairs",
  corpus,
  hash: createHash("sha256").update(bytes).digest("hex"),
});

const readFile = (path: string): Promise<Uint8Array> => explained(path, read(path));

async function readRecipe(path: string, bytes: Uint8Array, start?: FindStart): Promise<Recipe> {
  const text = decodeText(bytes);
  const from = fromOf(text);
  const recipe = parseRecipe(text, path, await start?.(from && besideRecipe(from, path)));
  const own = await shipped("corpora");
  const absolute = (source: string): string =>
    own.includes(source) ? source : absoluteSource(source, dirname(path));
  const { data, evaluation } = recipe;
  return {
    ...recipe,
    data:
      typeof data === "string"
        ? absolute(data)
        : data.map((entry) => ({ ...entry, source: absolute(entry.source) })),
    evaluation: evaluation.data ? { ...evaluation, data: absolute(evaluation.data) } : evaluation,
  };
}

/** A path begins at the recipe's folder; a name is looked up. */
const besideRecipe = (from: FromRecipe, path: string): FromRecipe =>
  /[\\/]/.test(from.model) ? { ...from, model: resolve(dirname(path), from.model) } : from;

/** Whether a file is a recipe rather than data: it has one of a recipe's sections at its top. */
const holdsRecipe = (path: string, bytes: Uint8Array): boolean =>
  /\.ya?ml$/i.test(path) && /^(model|training|optimizer|schedule|data) *:/m.test(decodeText(bytes));

const HIDDEN = /^\.|^node_modules$|^dist$/;

async function recipeNotFound(name: string, known: readonly string[]): Promise<ParrotletError> {
  const here = await readdir(".", { withFileTypes: true }).catch(() => []);
  const files = here
    .filter((each) => !HIDDEN.test(each.name))
    .map((each) => each.name + (each.isDirectory() ? "/" : ""));
  const meant = closest(name, [...known, ...files]);
  const some = files.slice(0, 12).join(", ") + (files.length > 12 ? ", ..." : "");
  const message = [
    `There is no recipe, file or folder ${shown(name)}.`,
    ...(meant ? [`Did you mean ${meant}?`] : []),
    `Recipes and characters: ${known.join(", ")}.`,
    files.length > 0 ? `Here are: ${some}.` : "This folder is empty.",
  ];
  return new ParrotletError("recipe-not-found", message.join(" "));
}
