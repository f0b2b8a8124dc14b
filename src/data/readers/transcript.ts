import type { Message } from "../item.ts";
import { roleOf, withRoles } from "./messages.ts";

/** Some data set the speaker off as Markdown does, or put a mark before each turn. */
const TURN = /^[ \t]*(?:[*_>-]+[ \t]*)?([^\s:*_][^:\n]{0,31}?)[ \t]*(?:[*_]{1,2}:|:[*_]{0,2})[ \t]*(.*)$/;

/** What people call speakers that have no name: `User 1`, `Speaker B`, `Person 2`. */
const NUMBERED =
  /^(user|human|speaker|person|agent|participant|customer|bot|friend)[ _-]?(\d|[a-c])$|^[abq]$/i;

const isSpeaker = (name: string): boolean => NUMBERED.test(name) || Boolean(roleOf(name));

/**
 * The messages of a field that holds a whole conversation, each turn a line that begins with `User 1:`, `Assistant:` and the like;
 * lines without such a beginning belong to the turn before. `undefined` where it is no conversation of two.
 */
export function transcriptOf(field: string): Message[] | undefined {
  const said: { speaker: string; text: string }[] = [];
  for (const line of field.trim().split("\n")) {
    const [, speaker = "", text = ""] = TURN.exec(line) ?? [];
    const before = said.at(-1);
    if (isSpeaker(speaker)) said.push({ speaker: speaker.toLowerCase(), text });
    else if (!before && !/[\p{L}\p{N}]/u.test(line)) continue;
    else if (before) before.text += `\n${line}`;
    else return undefined;
  }
  if (new Set(said.map(({ speaker }) => speaker)).size < 2) return undefined;
  const messages = withRoles(said);
  return typeof messages === "string" ? undefined : messages;
}
