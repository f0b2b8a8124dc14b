import { type Filter, itemFilter } from "./filter.ts";
import type { Bounds } from "./length-filter.ts";

/** Keeps conversations of so many messages, what the system says not counted. Other texts have no turns and are kept. */
export const createTurnsFilter = ({ least = 0, most = Number.POSITIVE_INFINITY }: Bounds = {}): Filter =>
  itemFilter("turns", (_, item) => {
    if (item.kind === "text") return undefined;
    const turns = item.messages.filter(({ role }) => role !== "system").length;
    if (turns < least) return { why: `${turns} turns, fewer than ${least}` };
    return turns > most ? { why: `${turns} turns, more than ${most}` } : undefined;
  });
