import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { closest, decodeText, ParrotletError, shown } from "../base/index.ts";
import { type Pack, readPack } from "../data/index.ts";
import { explained } from "./file-storage.ts";
import { shipped, shippedFolder, shippedPath } from "./shipped.ts";

/** A character with its world, read. */
export interface OpenedPack {
  /** Of its file, without the ending. */
  readonly name: string;
  /** Of its file. */
  readonly path: string;
  readonly pack: Pack;
  /** Of all its files: another one for any other pack. */
  readonly hash: string;
}

/** What a character shares with others: folders of files, and one file. */
const FOLDERS = ["world", "patterns", "stories"] as const;
const MANNERS = "manners.yaml";

const YAML = /\.ya?ml$/i;

/** Whether a name is the path of a character's file rather than a character that comes with the program. */
export const isCharacterFile = (name: string): boolean => YAML.test(name) || /[\\/]/.test(name);

/**
 * Whether a text has `me:` at its top, as the file of a character does: nothing else that can be trained by its name has
 * it.
 */
export const holdsCharacter = (text: string): boolean => /^\uFEFF?me *:/m.test(text);

/**
 * Opens a character that comes with the program, or a file that a person wrote. The rest of its world (`world/`, `patterns/`,
 * `stories/`, `manners.yaml`) is the program's, unless a folder or file of that name lies beside the character.
 *
 * @param name `pip`, or a path: `./my-character.yaml`.
 * @throws {ParrotletError} `pack-not-found`, with what could be meant; those of `readPack`.
 */
export async function openPack(name: string): Promise<OpenedPack> {
  const path = isCharacterFile(name) ? resolve(name) : await pathOfShipped(name);
  if (!(await stat(path).catch(() => undefined))?.isFile()) throw await notFound(name);
  const own = basename(path, extname(path));
  const files = new Map([[`${own}.yaml`, await textOf(path)]]);
  const folder = dirname(path);
  for (const shared of FOLDERS) {
    const beside = await isFolder(join(folder, shared));
    await addFolder(files, beside ? folder : shippedFolder("packs"), shared);
  }
  if (own !== "manners") {
    const beside = join(folder, MANNERS);
    const there = (await stat(beside).catch(() => undefined))?.isFile();
    files.set(MANNERS, await textOf(there ? beside : join(shippedFolder("packs"), MANNERS)));
  }
  const hash = createHash("sha256")
    .update(JSON.stringify([own, ...files]))
    .digest("hex");
  // The sources of a recipe are often of one pack.
  if (last?.hash !== hash || last.path !== path) last = { name: own, path, pack: readPack(files, own), hash };
  return last;
}

let last: OpenedPack | undefined;

async function pathOfShipped(name: string): Promise<string> {
  if (!(await shipped("packs")).includes(name)) throw await notFound(name);
  return shippedPath("packs", name);
}

async function addFolder(files: Map<string, string>, folder: string, shared: string): Promise<void> {
  const names = await explained(join(folder, shared), readdir(join(folder, shared)));
  for (const name of names.filter((each) => YAML.test(each) && !each.startsWith(".")).sort())
    files.set(`${shared}/${name}`, await textOf(join(folder, shared, name)));
}

/** Bytes of one file: ten times as much as all that comes with the program. */
const MOST_BYTES = 8 << 20;

async function textOf(path: string): Promise<string> {
  const { size } = await explained(path, stat(path));
  if (size <= MOST_BYTES) return decodeText(await explained(path, readFile(path)));
  const message = `${path}, line 1: the file has ${size} bytes; a file of a pack has ${MOST_BYTES} at the most.`;
  throw new ParrotletError("pack-invalid", message);
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

async function notFound(name: string): Promise<ParrotletError> {
  const known = await shipped("packs");
  const [file, folder] = isCharacterFile(name) ? [basename(name), dirname(resolve(name))] : [name, "."];
  const here = await readdir(folder).catch(() => []);
  const files = here.filter((each) => YAML.test(each) && each !== MANNERS);
  const meant = closest(file, isCharacterFile(name) ? [...files, ...known] : [...known, ...files]);
  const message = [
    `There is no character ${shown(name)}.`,
    ...(meant ? [`Did you mean ${meant}?`] : []),
    `Characters: ${known.join(", ")}. One of your own is named by its file: ./my-character.yaml.`,
  ];
  return new ParrotletError("pack-not-found", message.join(" "));
}
