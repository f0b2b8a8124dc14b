import { closest, ParrotletError, shown } from "../../base/index.ts";
import type { ChatLog, Speaker } from "./chat-log.ts";

/** As many speakers as a message lists. */
const LISTED = 10;
/** Names that are held against a misspelt one. */
const COMPARED = 1000;

/** What names have in common however they are typed: no case, no marks of direction, one space between words. */
export const nameKeyOf = (name: string): string =>
  name
    .normalize("NFC")
    .replace(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, "")
    .replace(/^~/, "")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();

/**
 * The speakers that `me` names, by name or alias: several where somebody wrote under two accounts.
 *
 * @throws {ParrotletError} `speaker-unknown`, with the speakers and how much each wrote.
 */
export function speakersCalled(me: string | undefined, log: ChatLog): ReadonlySet<number> {
  const { speakers, file } = log;
  const key = me === undefined ? undefined : nameKeyOf(me);
  const named = speakers.flatMap(({ name, aliases }, index) =>
    [name, ...aliases].some((each) => nameKeyOf(each) === key) ? [index] : [],
  );
  if (named.length > 0) return new Set(named);
  const byMessages = [...speakers].sort((a, b) => b.messages - a.messages);
  const list = listOf(byMessages);
  if (me === undefined) {
    throw new ParrotletError(
      "speaker-unknown",
      `${file} does not say whom the model shall learn to be. Say so with --me NAME. In it write ${list}.`,
    );
  }
  const meant = closest(
    me.slice(0, 100),
    byMessages.slice(0, COMPARED).flatMap(({ name, aliases }) => [name, ...aliases]),
  );
  throw new ParrotletError(
    "speaker-unknown",
    `Nobody in ${file} is called ${shown(me)}.${meant === undefined ? "" : ` Did you mean ${shown(meant)}?`} ` +
      `Give one of the names as it stands there with --me NAME. In it write ${list}.`,
  );
}

function listOf(speakers: readonly Speaker[]): string {
  const listed = speakers
    .slice(0, LISTED)
    .map(({ name, messages }) => `${shown(name)} (${messages} message${messages === 1 ? "" : "s"})`);
  const more = speakers.length - listed.length;
  return [...listed, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
