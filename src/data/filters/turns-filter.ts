import { type Filter, itemFilter } from "./filter.ts";
import { type Bounds, outside } from "./length-filter.ts";

/** Keeps conversations of so many messages, what the system says not counted. Other texts have no turns and are kept. */
export const createTurnsFilter = (bounds: Bounds): Filter =>
  itemFilter("turns", (_, item) => {
    if (item.kind === "text") return undefined;
    return outside(item.messages.filter(({ role }) => role !== "system").length, bounds, "turn");
  });
