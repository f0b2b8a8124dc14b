import { randomInt } from "node:crypto";
import type { ConversationSources } from "../chat/index.ts";

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

/** The time, and ids of 12 letters (60 random bits), none of which looks like another. */
export const systemSources: ConversationSources = {
  now: () => new Date().toISOString(),
  newId: () => Array.from({ length: 12 }, () => LETTERS[randomInt(LETTERS.length)]).join(""),
};
