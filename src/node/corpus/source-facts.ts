import { decodeText, encodeText } from "../../base/index.ts";
import type { FilterReport, TokenStore } from "../../data/index.ts";
import type { FilterFacts, SourceFacts } from "../../train/index.ts";
import type { OpenedSource } from "./sources.ts";

/** What a source came to. @param filters What `filterFile` wrote when it was read. */
export function sourceFacts(
  { name, about, bytes }: OpenedSource,
  store: TokenStore,
  filters: Uint8Array | undefined,
): SourceFacts {
  return {
    ...{ source: name, about, bytes },
    texts: store.text?.documents ?? 0,
    conversations: store.index.counts.conversations,
    tokens: (store.text?.tokens ?? 0) + (store.conversation?.tokens ?? 0),
    filters: filterFacts(filters),
  };
}

/** What filters did, to be kept beside the tokens: later trainings open these, and filter nothing. */
export const filterFile = (reports: readonly FilterReport[]): Uint8Array =>
  encodeText(JSON.stringify(reports.map(({ name, seen, dropped, cut }) => ({ name, seen, dropped, cut }))));

/** Nothing where the file is gone or damaged: no training depends on it. */
function filterFacts(bytes: Uint8Array | undefined): FilterFacts[] | undefined {
  try {
    const facts = JSON.parse(decodeText(bytes ?? new Uint8Array())) as FilterFacts[];
    return Array.isArray(facts) && facts.length > 0 ? facts : undefined;
  } catch {
    return undefined;
  }
}
