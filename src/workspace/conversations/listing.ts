import { shortened } from "../../base/index.ts";
import { type ConversationRecord, recordsOfLines, UNKNOWN_TIME } from "../../chat/index.ts";

/** A conversation at a glance. */
export interface ConversationListing {
  readonly id: string;
  /** As it was given, or the beginning of what was said first. */
  readonly title: string;
  /** When something was last recorded; undefined where the file does not say. */
  readonly at: string | undefined;
  /** All messages, with their versions. */
  readonly messages: number;
  /** Who answered last. */
  readonly model: string | undefined;
}

const MOST_TITLE = 60;
/** A line that was written to its end: see `recordLine`. */
const WHOLE_LINE = /,"at":"[^"]*"\}$/;

/**
 * What a list tells of a conversation. Of a file that this program wrote only a few lines are read: the type of a record stands
 * at the beginning of its line.
 */
export function listingOf(id: string, text: string): ConversationListing {
  const lines = text.split("\n");
  const startsWith = (type: string) => (line: string) =>
    line.startsWith(`{"type":"${type}",`) && WHOLE_LINE.test(line);
  const isMessage = startsWith("message");
  const isOurs = lines.every((line) => line === "" || line.startsWith('{"type":"'));
  const [title, first] = isOurs ? [lines.findLast(startsWith("title")), lines.find(isMessage)] : [];
  const last = lines.findLast((line) => WHOLE_LINE.test(line));
  const replied = lines.findLast((line) => isMessage(line) && line.includes('"role":"assistant"'));
  const few = [...new Set([first, title, replied, last])].filter((line) => line !== undefined);
  const records = recordsOfLines((isOurs ? few : lines).join("\n"), id);
  const messages = isOurs ? lines.filter(isMessage).length : records.filter(isSaid).length;
  return {
    id,
    title: titleOf(records),
    at: timeOf(last) ?? newestTime(records),
    messages,
    model: records.filter(isSaid).findLast(({ role }) => role === "assistant")?.model?.name,
  };
}

type Message = Extract<ConversationRecord, { type: "message" }>;

const isSaid = (record: ConversationRecord): record is Message => record.type === "message";

function titleOf(records: readonly ConversationRecord[]): string {
  const given = records.findLast((record) => record.type === "title")?.title;
  const said = records.find(isSaid)?.text ?? "";
  return shortened((given ?? said).replaceAll(/\s+/g, " ").trim(), MOST_TITLE);
}

/** Times are ISO 8601 in UTC: their order is that of their letters. */
function newestTime(records: readonly ConversationRecord[]): string | undefined {
  let newest = UNKNOWN_TIME;
  for (const { at } of records) if (at > newest) newest = at;
  return newest === UNKNOWN_TIME ? undefined : newest;
}

/** When a line was written, if it is whole. What it refers to need not be known. */
function timeOf(line: string | undefined): string | undefined {
  try {
    const { at } = JSON.parse(line ?? "") as { readonly at?: unknown };
    return typeof at === "string" && at !== UNKNOWN_TIME ? at : undefined;
  } catch {
    return undefined;
  }
}
