import chalk from "chalk";
import { shortened } from "../../base/index.ts";
import type { MessageRecord } from "../../chat/index.ts";
import { harmless, indented, oneLine, printable } from "../terminal.ts";
import { renderMarkdown } from "./markdown.ts";
import type { Talk } from "./talk.ts";

/** A message of the person, and what followed it. */
interface Exchange {
  /** From 1; 0 is what was said before the person's first message. */
  readonly number: number;
  readonly messages: readonly MessageRecord[];
}

/** Letters of a message that a list shows. */
const MOST_LETTERS = 400;

export function exchangesOf(path: readonly MessageRecord[]): Exchange[] {
  const exchanges: { number: number; messages: MessageRecord[] }[] = [];
  let number = 0;
  for (const message of path) {
    if (message.role === "user") exchanges.push({ number: ++number, messages: [message] });
    else if (exchanges.length === 0) exchanges.push({ number: 0, messages: [message] });
    else exchanges.at(-1)?.messages.push(message);
  }
  return exchanges;
}

export interface HistoryOptions {
  readonly width: number;
  /** The exchange of this number alone, as a whole. */
  readonly only?: number | undefined;
  /** So many of the newest. @default all */
  readonly last?: number | undefined;
}

/** What was said: numbered, with its versions; what the model no longer sees is dim. */
export function showHistory(talk: Talk, { width, only, last }: HistoryOptions): string {
  const { conversation } = talk;
  const all = exchangesOf(conversation.path);
  if (all.length === 0) return "Nothing was said yet.";
  const shown =
    only === undefined
      ? all.slice(last === undefined ? 0 : -last)
      : all.filter(({ number }) => number === only);
  const hidden = outOfSight(talk);
  const lines = shown.flatMap(({ number, messages }) =>
    messages.map((message) => line(talk, message, { number, width, whole: only !== undefined, hidden })),
  );
  const { title, system } = conversation;
  const heads = [
    ...(title === undefined ? [] : [chalk.bold(oneLine(harmless(title)))]),
    ...(system === undefined ? [] : [chalk.dim(indented(harmless(system), "    system  ", width))]),
  ];
  const count = all.flatMap(({ messages }) => messages).filter(({ id }) => hidden.has(id)).length;
  const { about, backend } = talk;
  const unseen = backend.abilities.history
    ? `no longer sees ${count} of these messages.`
    : "sees one message at a time.";
  const foot = count === 0 ? [] : [chalk.dim(`· ${about.label} ${unseen}`)];
  return [
    ...(only === undefined && last === undefined ? heads : []),
    ...lines,
    ...(last === undefined ? foot : []),
  ].join("\n");
}

/** The messages that the last prompt left out. */
function outOfSight({ prompt, conversation, backend }: Talk): ReadonlySet<string> {
  const { path } = conversation;
  if (!prompt) return new Set();
  if (!backend.abilities.history) {
    const newest = path.findLastIndex(({ role }) => role === "user");
    return new Set(path.slice(0, Math.max(0, newest)).map(({ id }) => id));
  }
  return new Set(prompt.dropped.map(({ id }) => id));
}

interface LineOptions {
  readonly number: number;
  readonly width: number;
  readonly whole: boolean;
  readonly hidden: ReadonlySet<string>;
}

function line(talk: Talk, message: MessageRecord, { number, width, whole, hidden }: LineOptions): string {
  const { id, role, text } = message;
  const isMine = role === "user";
  const who = isMine ? "you" : nameOf(talk, message);
  const mark = hidden.has(id) ? "·" : " ";
  const start = `${mark}${isMine ? String(number).padStart(2) : "  "} ${who} `;
  const { versions, index } = talk.conversation.versions(id);
  const version = versions.length > 1 ? ` (version ${index + 1} of ${versions.length})` : "";
  const style = hidden.has(id) ? chalk.dim : (each: string): string => each;
  if (whole) return `${start}\n${isMine ? printable(text) : renderMarkdown(text)}${chalk.dim(version)}`;
  return style(indented(shortened(oneLine(harmless(text)), MOST_LETTERS) + version, start, width));
}

const nameOf = ({ about }: Talk, { model }: MessageRecord): string => {
  const name = oneLine(harmless(model?.name ?? "model"));
  return name === about.label ? about.name : name;
};

/** All versions of a message; a star is at the one on the path. */
export function showVersions(talk: Talk, { id, role }: MessageRecord, width: number): string {
  const { conversation } = talk;
  const onPath = new Set(conversation.path);
  return conversation
    .versions(id)
    .versions.map((version, at) => {
      const start = `${onPath.has(version) ? "*" : " "}${String(at + 1).padStart(2)} `;
      const by = role === "assistant" ? `${nameOf(talk, version)}: ` : "";
      return indented(by + shortened(oneLine(harmless(version.text)), MOST_LETTERS), start, width);
    })
    .join("\n");
}
