import { createHash, type Hash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { createFilters, makeItems } from "../../data/index.ts";
import type { Recipe } from "../../train/index.ts";
import { openPack } from "../packs.ts";
import { bytesIn } from "./bytes-in.ts";
import type { OpenedSource } from "./opened-source.ts";
import { parsePackReference } from "./pack-reference.ts";

/** Another number for text that is made in another way from the same pack: tokens that are kept are then made anew. */
const GENERATOR = 1;
/** So much of the text itself tells it apart too, should that number be forgotten. */
const TOLD_APART = 1 << 16;
/** UTF-16 units between two looks at signals. */
const TURN = 1 << 18;

/**
 * Text that is made as it is read: `pack:NAME/KIND?size=5MB&seed=1`.
 *
 * @throws {ParrotletError} Those of `parsePackReference`, `openPack` and `createFilters`.
 */
export async function openPackSource(
  name: string,
  { filters }: Pick<Recipe, "filters">,
): Promise<OpenedSource> {
  const { name: character, kind, bytes, seed } = parsePackReference(name);
  const { name: title, pack, hash } = await openPack(character);
  const made = (): ReturnType<typeof makeItems> =>
    makeItems(pack, { ...(kind && { kinds: [kind] }), bytes, seed });
  let filtering = await createFilters(filters);
  let [read, identity]: [number, string | undefined] = [0, undefined];
  return {
    name,
    bytes,
    about: `${kind ?? "text"} of ${title}, made with seed ${seed}`,
    readings: [],
    character: pack.character,
    identity: async () => {
      if (identity !== undefined) return identity;
      const told = createHash("sha256").update(JSON.stringify([GENERATOR, hash, kind, bytes, seed]));
      identity = withBeginning(told, made()).digest("hex");
      return identity;
    },
    conversational: async () => kind !== "sentences" && kind !== "stories",
    async *items() {
      filtering = await createFilters(filters);
      read = 0;
      let turn = TURN;
      for (const { item } of made()) {
        read += bytesIn(item);
        if (read >= turn) {
          turn = read + TURN;
          await setImmediate();
        }
        const kept = filtering.apply(item);
        if (kept) yield kept;
      }
    },
    bytesRead: () => Math.min(read, bytes),
    reports: () => filtering.reports(),
    problems: () => ({ count: 0, first: [] }),
  };
}

function withBeginning(hash: Hash, made: ReturnType<typeof makeItems>): Hash {
  let told = 0;
  for (const { item } of made) {
    hash.update(JSON.stringify(item));
    told += bytesIn(item);
    if (told >= TOLD_APART) break;
  }
  return hash;
}
