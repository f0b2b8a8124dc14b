import { largest } from "../../base/index.ts";
import type { Conversation, ReadProblem, Role } from "../item.ts";
import type { ChatFormat, ChatReadOptions } from "./chat-format.ts";
import { ChatLog, type LoggedMessage } from "./chat-log.ts";
import { conversationsOf, gapSeconds, type RoleOf } from "./conversations.ts";
import { type Line, linesOf } from "./lines.ts";
import { Room } from "./room.ts";
import { speakersCalled } from "./speakers.ts";
import { likelyTranscript } from "./transcript-likely.ts";
import { isSeparator, roleOfName, type SpokenLine, speakerKey, spokenLine } from "./transcript-line.ts";

/** A line, whether empty lines or a separator stand before it, and who might say it. */
interface Kept {
  readonly text: string;
  readonly number: number;
  readonly before: "nothing" | "blank" | "separator";
  readonly key: string | undefined;
  /** The name stands alone in its line. */
  readonly alone: boolean;
}

/** Keeps a file's lines until it is known which names are speakers. */
class TranscriptLines {
  readonly lines: Kept[] = [];
  readonly #room: Room;
  #before: Kept["before"] = "nothing";

  constructor(room: Room) {
    this.#room = room;
  }

  take({ text, number }: Line): void {
    if (isSeparator(text)) this.#before = "separator";
    else if (text.trim() !== "") {
      const spoken = spokenLine(text);
      const key = spoken && speakerKey(spoken.name);
      this.#room.take(text.length);
      this.lines.push({ text, number, before: this.#before, key, alone: spoken?.text === "" });
      this.#before = "nothing";
    } else if (this.#before === "nothing") this.#before = "blank";
  }
}

/** A name that comes this much less often than another is a heading within what somebody says. */
const RARE = 500;
/** Where this share of turns is of names as User and Assistant, there are no others. */
const KNOWN = 0.8;

/** The lines in which somebody begins to speak, by number. Where most names stand alone in their lines, only those count. */
function beginnings(lines: readonly Kept[]): ReadonlySet<number> {
  const named = lines.filter(({ key }) => key !== undefined);
  const play = named.filter(({ alone }) => alone).length > named.length / 2;
  const begin = play ? named.filter(({ alone }) => alone) : named;
  const counts = new Map<string, number>();
  for (const { key = "" } of begin) counts.set(key, (counts.get(key) ?? 0) + 1);
  const speakers = speakersAmong(counts, begin.length);
  return new Set(begin.filter(({ key = "" }) => speakers.has(key)).map(({ number }) => number));
}

/** Who comes more than once; in a short file, where fewer than two do, everybody. */
function speakersAmong(counts: ReadonlyMap<string, number>, turns: number): ReadonlySet<string> {
  const least = Math.max(2, largest(counts.values()) / RARE);
  const often = new Set([...counts].filter(([, count]) => count >= least).map(([key]) => key));
  if (often.size < 2) return new Set(counts.keys());
  const known = new Set([...often].filter((key) => roleOfName(key, often) !== undefined));
  const roles = new Set([...known].map((key) => roleOfName(key, often)));
  const bySuch = [...known].reduce((sum, key) => sum + (counts.get(key) ?? 0), 0);
  return roles.has("user") && roles.has("assistant") && bySuch >= KNOWN * turns ? known : often;
}

/**
 * The lines that begin another conversation: behind a separator, or behind an empty line. But where two single turns have an
 * empty line between them, empty lines stand between turns there.
 */
function conversationStarts(lines: readonly Kept[], starts: ReadonlySet<number>): ReadonlySet<number> {
  const blocks: { readonly first: Kept; turns: number }[] = [];
  for (const kept of lines) {
    const isStart = starts.has(kept.number);
    const last = blocks.at(-1);
    if (!last || kept.before === "separator" || (isStart && kept.before === "blank")) {
      blocks.push({ first: kept, turns: isStart ? 1 : 0 });
    } else if (isStart) last.turns++;
  }
  const begins = blocks.filter(({ first, turns }, index) => {
    const before = blocks[index - 1]?.turns ?? 0;
    return first.before === "separator" || before > 1 || turns > 1;
  });
  return new Set(begins.map(({ first }) => first.number));
}

/** Joins lines to messages. What stands between an empty line and the next speaker belongs to the speaker before. */
class Joiner {
  readonly log: ChatLog;
  #chat = 0;
  #begun: { speaker: number; line: number; parts: string[] } | undefined;

  constructor(log: ChatLog) {
    this.log = log;
  }

  newConversation(): void {
    this.finish();
    this.#chat++;
  }

  speak({ name, text }: SpokenLine, line: number): void {
    this.finish();
    this.#begun = { speaker: this.log.speaker(speakerKey(name), name), line, parts: [text] };
  }

  goOn({ text, number, before }: Kept): void {
    if (!this.#begun) this.log.leaveOut("heading", number);
    else this.#begun.parts.push(...(before === "blank" ? [""] : []), text.trimEnd());
  }

  finish(): void {
    if (!this.#begun) return;
    const { speaker, line, parts } = this.#begun;
    this.#begun = undefined;
    this.log.add({ speaker, text: parts.join("\n"), line, time: Number.NaN, chat: this.#chat });
  }
}

function logOf(lines: readonly Kept[], log: ChatLog): void {
  const starts = beginnings(lines);
  const conversations = conversationStarts(lines, starts);
  const joiner = new Joiner(log);
  for (const kept of lines) {
    const { text, number } = kept;
    const spoken = starts.has(number) ? spokenLine(text) : undefined;
    if (conversations.has(number)) joiner.newConversation();
    if (spoken) joiner.speak(spoken, number);
    else joiner.goOn(kept);
  }
  joiner.finish();
}

/** Who is whom: by `me`, by names that tell it, or else who speaks second in a conversation is the assistant. */
function rolesOf(log: ChatLog, me: string | undefined): (messages: readonly LoggedMessage[]) => RoleOf {
  const keys = log.speakers.map(({ name }) => speakerKey(name));
  const all = new Set(keys);
  const known = keys.map((key) => roleOfName(key, all));
  const rest = (speaker: number): Role => (known[speaker] === "system" ? "system" : "user");
  if (me !== undefined) {
    const named = speakersCalled(me, log);
    return () => (speaker) => (named.has(speaker) ? "assistant" : rest(speaker));
  }
  if (known.includes("assistant")) return () => (speaker) => known[speaker] ?? "user";
  const unknown = known.flatMap((role, speaker) => (role === undefined ? [speaker] : []));
  if (known.includes("user") && unknown.length === 1) {
    return () => (speaker) => (speaker === unknown[0] ? "assistant" : rest(speaker));
  }
  return (messages) => {
    const people = messages.map(({ speaker }) => speaker).filter((speaker) => known[speaker] !== "system");
    const second = people.find((speaker) => speaker !== people[0]);
    return (speaker) => (speaker === second ? "assistant" : rest(speaker));
  };
}

async function* read(
  text: AsyncIterable<string>,
  file: string,
  { me, gapHours, onSpeakers }: ChatReadOptions,
  problems: (problem: ReadProblem) => void,
): AsyncGenerator<Conversation, void> {
  const gap = gapSeconds(gapHours);
  const lines = new TranscriptLines(new Room(file));
  for await (const line of linesOf(text, file)) lines.take(line);
  const log = new ChatLog(file);
  logOf(lines.lines, log);
  lines.lines.length = 0;
  onSpeakers?.(log.speakers);
  const speakers = log.speakers.filter(({ messages }) => messages > 0).length;
  if (speakers < 2) {
    const found = speakers === 0 ? "nobody speaks" : "only one speaks";
    const message = `${found} in this file, as a transcript has it. Begin each turn on a line of its own with the speaker's name and a colon, as in "Anna: Hello!".`;
    problems({ file, line: 1, message });
  } else yield* conversationsOf(log, gap, rolesOf(log, me));
  log.report(problems);
}

export const transcript: ChatFormat = {
  id: "transcript",
  about: 'Transcripts: lines like "Anna: Hello!", an empty line or --- between conversations',
  recognises: likelyTranscript,
  read,
};
