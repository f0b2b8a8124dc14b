import { setImmediate } from "node:timers/promises";
import { type CorpusOverlap, type Item, OverlapMeter, partItems, type StorePart } from "../../data/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { bytesIn } from "./bytes-in.ts";

/** UTF-8 bytes of validation text that are looked for: as hashes they take some 200 MB. */
const MOST_MEASURED = 20_000_000;
/** Bytes between two reports of progress, at which signals are seen too. */
const REPORT_BYTES = 1 << 22;

export interface MeasureOptions {
  /** Is told UTF-8 bytes of training text that were gone through. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @default 20_000_000 */
  readonly most?: number;
}

/**
 * How much of the validation text also stands in the training text: both as a model sees them, by the store's own split. Of more
 * validation text than `most` bytes, items are taken at even distances; all training text is gone through.
 */
export async function measureOverlap(
  training: readonly StorePart[],
  validation: readonly StorePart[],
  tokenizer: Tokenizer,
  { onProgress, signal, most = MOST_MEASURED }: MeasureOptions = {},
): Promise<CorpusOverlap> {
  const meter = new OverlapMeter();
  let of = 0;
  for (const item of itemsIn(validation, tokenizer, "validation")) of += bytesIn(item);
  const bytes = addSample(meter, itemsIn(validation, tokenizer, "validation"), Math.min(1, most / of));
  let [done, reported] = [0, 0];
  for (const item of itemsIn(training, tokenizer, "training")) {
    meter.addTraining(item);
    done += bytesIn(item);
    if (done - reported < REPORT_BYTES) continue;
    reported = done;
    onProgress?.(done);
    await setImmediate();
    signal?.throwIfAborted();
  }
  return { ...meter.report(), measured: { bytes, of } };
}

/** Adds a share of the items, at even distances. Returns how many bytes that was. */
function addSample(meter: OverlapMeter, items: Iterable<Item>, share: number): number {
  let [number, bytes, before] = [0, 0, true];
  for (const item of items) {
    const wanted = Math.floor((number + 1) * share) > Math.floor(number * share);
    number++;
    if (wanted) {
      meter.addValidation(before ? item : begun(item));
      bytes += bytesIn(item);
    }
    before = wanted;
  }
  return bytes;
}

/** A piece whose piece before it is not there begins. */
const begun = (item: Item): Item => (item.kind === "text" ? { ...item, continues: false } : item);

function* itemsIn(parts: readonly StorePart[], tokenizer: Tokenizer, name: string): Generator<Item, void> {
  for (const part of parts) yield* partItems(part, tokenizer, name);
}
