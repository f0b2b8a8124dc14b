import { sha256 } from "./fingerprint.ts";
import type { StoreFiles } from "./store-files.ts";
import { damaged, LANES, type StoreIndex, shardName, shardSize } from "./store-index.ts";

/**
 * Reads every byte of a store and compares it with what was written. Opening one compares only sizes.
 *
 * @throws {ParrotletError} `token-store-damaged`, with the file.
 */
export async function verifyTokenStore(files: StoreFiles, index: StoreIndex): Promise<void> {
  for (const kind of LANES) {
    for (const [number, record] of index.lanes[kind].shards.entries()) {
      const file = shardName(kind, number);
      const bytes = new Uint8Array(shardSize(record, index.vocabulary));
      files.read(file, 0, bytes);
      if ((await sha256(bytes)) !== record.sha256)
        throw damaged(files.describe(file), "its bytes are not those that were written.");
    }
  }
}
