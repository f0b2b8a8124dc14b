import { MemoryStorage } from "../../base/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { Item } from "../item.ts";
import { type BuildStoreOptions, buildTokenStore } from "./build-store.ts";
import { MemoryStoreFiles } from "./store-files.ts";
import { openTokenStore, type TokenStore } from "./token-store.ts";

/** A store that is gone with the process, for data that are small, and where there is no disk. */
export async function buildStoreInMemory(
  items: AsyncIterable<Item> | Iterable<Item>,
  tokenizer: Tokenizer,
  options: BuildStoreOptions,
): Promise<TokenStore> {
  const target = { storage: new MemoryStorage(), folder: "store" };
  await buildTokenStore(items, tokenizer, options, target);
  return openTokenStore(await MemoryStoreFiles.load(target.storage, target.folder));
}
