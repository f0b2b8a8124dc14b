import { fileURLToPath } from "node:url";
import { FileStorage } from "./file-storage.ts";

/** Two up from src/node/ and from dist/node/ alike. Tests have starters of their own. */
const folder = (): string =>
  process.env["PARROTLET_TEST_STARTERS"] || fileURLToPath(new URL("../../starters", import.meta.url));

/** Where the trained models that come with the program lie, each in a folder of its name. */
export const starterStorage = (): FileStorage => new FileStorage(folder());

/** Their names. */
export async function starterNames(): Promise<string[]> {
  const storage = starterStorage();
  const names: string[] = [];
  for (const { name, kind } of await storage.list("")) {
    if (kind !== "folder") continue;
    const holds = await storage.list(name);
    if (holds.some((entry) => entry.name === "config.json")) names.push(name);
  }
  return names;
}
