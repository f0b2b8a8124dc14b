import type { Item } from "../item.ts";

/** Stands between messages; no text has it. */
const BETWEEN = "\u241E";

/** A text that two items share only if they are of one kind and the same messages are said by the same sides. */
export const comparable = (item: Item): string =>
  item.kind === "text"
    ? item.text
    : item.messages.map(({ role, text }) => `${BETWEEN}${role}${BETWEEN} ${text} `).join("");
