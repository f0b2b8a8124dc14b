import { shown } from "../../base/index.ts";
import { checkRecord, type Fields, invalid, isFields } from "./check-record.ts";
import { Conversation } from "./conversation.ts";
import { mustBeShort, parsedJson } from "./conversation-json.ts";
import type { ConversationSources, MessageRecord } from "./records.ts";

/** What a comment before each part says: of which kind it is, and what else is known of it. */
const MARK = /^<!-- parrotlet (\{.*\}) -->\r?$/;
/** A line of a text that could be taken for such a comment; a backslash before it is no part of the text. */
const LIKE_MARK = /^\\*<!-- parrotlet /;

/**
 * The path of a conversation for people to read: a heading for each message, and its text as it is, which may be Markdown. Comments,
 * which nobody sees, tell where messages begin.
 */
export function conversationToMarkdown(conversation: Conversation): string {
  const { title, system, path, createdAt } = conversation;
  const parts = [
    `${mark({ part: "conversation", at: createdAt, title })}\n# ${oneLine(title ?? "Conversation")}\n`,
  ];
  if (system !== undefined) parts.push(`${mark({ part: "system" })}\n## System\n\n${escaped(system)}\n`);
  for (const { role, text, at, model } of path) {
    const who = role === "user" ? "You" : oneLine(model?.name ?? "Assistant");
    parts.push(`${mark({ part: role, at, model })}\n## ${who}\n\n${escaped(text)}\n`);
  }
  return parts.join("\n");
}

/**
 * The conversation that `conversationToMarkdown` wrote: title, system and messages, with their times and models.
 *
 * @throws {ParrotletError} `conversation-invalid`.
 */
export function conversationFromMarkdown(markdown: string, sources: ConversationSources): Conversation {
  mustBeShort(markdown);
  const lines = linesOf(markdown);
  const marks = lines.flatMap((line, index) => (MARK.test(line) ? [index] : []));
  const [first] = marks;
  const begin = first === undefined ? undefined : markOf(lines[first]);
  if (begin?.["part"] !== "conversation")
    throw invalid(
      "This Markdown was not written by Parrotlet's export: it has no comments that tell messages apart.",
    );
  const title = begin["title"];
  const conversation = Conversation.begin(sources, { title: typeof title === "string" ? title : undefined });
  marks.slice(1).forEach((start, index) => {
    const end = marks[index + 2] ?? lines.length;
    // After the mark come a heading and an empty line, and before the next mark an empty line; an editor may have cut the last one.
    const text = lines
      .slice(start + 3, lines[end - 1] === "" ? end - 1 : end)
      .map((line) => (LIKE_MARK.test(line) ? unescaped(line) : line));
    append(conversation, markOf(lines[start]), text.join("\n"));
  });
  return conversation;
}

/** Where the mark at the top ends in a carriage return, an editor put one on each line. Elsewhere they belong to texts. */
function linesOf(markdown: string): string[] {
  const lines = markdown.replace(/^\uFEFF/, "").split("\n");
  const isCrlf = lines.find((line) => MARK.test(line))?.endsWith("\r");
  return isCrlf ? lines.map((line) => line.replace(/\r$/, "")) : lines;
}

function append(conversation: Conversation, fields: Fields, text: string): void {
  const { part, at, model } = fields as Record<string, unknown>;
  if (part === "system") conversation.append(conversation.systemChanged(text));
  else if (part === "user" || part === "assistant") {
    const made = part === "user" ? conversation.userMessage(text) : conversation.assistantMessage({ text });
    const known = { ...(at === undefined ? {} : { at }), ...(model === undefined ? {} : { model }) };
    conversation.append(checkRecord({ ...made, ...known }) as MessageRecord);
  } else throw invalid(`A part of the Markdown is ${shown(part)}; it must be system, user or assistant.`);
}

function markOf(line = ""): Fields {
  const value = parsedJson(MARK.exec(line)?.[1] ?? "");
  return isFields(value) ? value : {};
}

/** A comment may not hold `>`, which could end it. */
const mark = (fields: Fields): string =>
  `<!-- parrotlet ${JSON.stringify(fields).replaceAll(">", "\\u003e")} -->`;

const escaped = (text: string): string =>
  text
    .split("\n")
    .map((line) => (LIKE_MARK.test(line) ? `\\${line}` : line))
    .join("\n");

const unescaped = (line: string): string => line.slice(1);

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
