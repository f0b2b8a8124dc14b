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
}

/** Where more turns than this follow an empty line, empty lines stand between turns, not between conversations. */
const SPACED = 2 / 3;

/** Keeps a file's lines until it is known which names are speakers. */
class TranscriptLines {
  readonly lines: Kept[] = [];
  readonly counts = new Map<string, number>();
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
      if (key !== undefined) this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      this.#room.take(text.length);
      this.lines.push({ text, number, before: this.#before, key });
      this.#before = "nothing";
    } else if (this.#before === "nothing") this.#before = "blank";
  }

  /** Names that come more than once; in a short file, where fewer than two do, all. */
  speakers(): ReadonlySet<string> {
    const often = [...this.counts].filter(([, count]) => count > 1).map(([key]) => key);
    return new Set(often.length > 1 ? often : this.counts.keys());
  }
}

/** Whether empty lines stand between turns, not between conversations. */
function isSpaced(lines: readonly Kept[], speakers: ReadonlySet<string>): boolean {
  const turns = lines.filter(({ key }) => key !== undefined && speakers.has(key));
  return turns.filter(({ before }) => before === "blank").length > SPACED * (turns.length - 1);
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

  speak(key: string, { name, text }: SpokenLine, line: number): void {
    this.finish();
    this.#begun = { speaker: this.log.speaker(key, name), line, parts: [text] };
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

function logOf(lines: readonly Kept[], speakers: ReadonlySet<string>, log: ChatLog): void {
  const spaced = isSpaced(lines, speakers);
  const joiner = new Joiner(log);
  for (const kept of lines) {
    const { key, text, number, before } = kept;
    const spoken = key !== undefined && speakers.has(key) ? spokenLine(text) : undefined;
    if (before === "separator" || (spoken && before === "blank" && !spaced)) joiner.newConversation();
    if (spoken && key !== undefined) joiner.speak(key, spoken, number);
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
  { me, gapHours }: ChatReadOptions,
  problems: (problem: ReadProblem) => void,
): AsyncGenerator<Conversation, void> {
  const gap = gapSeconds(gapHours);
  const room = new Room(file);
  const lines = new TranscriptLines(room);
  for await (const line of linesOf(text, file)) lines.take(line);
  const speakers = lines.speakers();
  if (speakers.size < 2) {
    const found = speakers.size === 0 ? "nobody" : "only one";
    const message = `${found} speaks in this file as a transcript has it. Begin each turn on a line of its own with the speaker's name and a colon, as in "Anna: Hello!".`;
    problems({ file, line: 1, message });
    return;
  }
  const log = new ChatLog(file, room);
  logOf(lines.lines, speakers, log);
  lines.lines.length = 0;
  if (log.messages.length > 0) yield* conversationsOf(log, gap, rolesOf(log, me));
  log.report(problems);
}

export const transcript: ChatFormat = {
  id: "transcript",
  about: 'Transcripts: lines like "Anna: Hello!", an empty line or --- between conversations',
  recognises: likelyTranscript,
  read,
};
