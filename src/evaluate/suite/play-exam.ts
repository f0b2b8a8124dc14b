import { present } from "../../base/index.ts";
import type { ExamCase } from "../../data/index.ts";
import type { TemplateMessage } from "../../text/index.ts";
import { gradeReply, type ReplyGrade } from "./grade-reply.ts";
import type { Replier, Reply } from "./replier.ts";

/** Questions that belong together, and what they are graded with. */
export interface ExamSuite {
  readonly name: string;
  readonly cases: readonly ExamCase[];
  /** What tells a reply that says it does not know. */
  readonly marks: readonly string[];
}

/** A case with what came of it. */
export interface PlayedCase {
  readonly case: ExamCase;
  /** To each of the case's turns. */
  readonly replies: readonly string[];
  readonly grade: ReplyGrade;
}

export type ExamEvent =
  /** Turns that were answered, of all. */
  | { readonly type: "progress"; readonly done: number; readonly of: number }
  | { readonly type: "end"; readonly played: readonly PlayedCase[] };

/**
 * Plays all cases, turn by turn: what the model itself said stands between what the user says. Tells after each batch how far it is.
 *
 * @throws The signal's reason, between two batches, once it is aborted.
 */
export async function* playExam(
  { cases, marks }: Pick<ExamSuite, "cases" | "marks">,
  replier: Replier,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ExamEvent, void> {
  const of = cases.reduce((sum, { turns }) => sum + turns.length, 0);
  const replies = cases.map((): Reply[] => []);
  const said = new Replies(replier);
  let done = 0;
  const longest = cases.reduce((most, { turns }) => Math.max(most, turns.length), 0);
  for (let turn = 0; turn < longest; turn++) {
    const asked = cases.flatMap(({ turns }, index) => (turn < turns.length ? [index] : []));
    const conversation = (index: number): TemplateMessage[] =>
      messagesOf(present(cases[index], "a case"), replies[index] ?? [], turn);
    const waiting = asked.map((index) => ({ index, messages: conversation(index) }));
    // Conversations of about the same length share a batch: none waits long for another.
    waiting.sort((a, b) => lengthOf(a.messages) - lengthOf(b.messages) || a.index - b.index);
    for (let from = 0; from < waiting.length; from += said.atOnce) {
      const batch = waiting.slice(from, from + said.atOnce);
      const answers = await said.to(batch.map(({ messages }) => messages));
      for (const [row, { index }] of batch.entries()) replies[index]?.push(answers[row] ?? NOTHING);
      done += batch.length;
      yield { type: "progress", done, of };
      await breath();
      signal?.throwIfAborted();
    }
  }
  const played = cases.map((each, index): PlayedCase => {
    const own = replies[index] ?? [];
    const grade = gradeReply(each.rule, own.at(-1) ?? NOTHING, marks);
    return { case: each, replies: own.map(({ text }) => text), grade };
  });
  yield { type: "end", played };
}

/** A conversation up to a turn of the user. */
function messagesOf({ turns }: ExamCase, replies: readonly Reply[], turn: number): TemplateMessage[] {
  return turns.slice(0, turn + 1).flatMap((text, index): TemplateMessage[] => {
    const reply = index < turn ? [{ role: "assistant", text: replies[index]?.text ?? "" } as const] : [];
    return [{ role: "user", text }, ...reply];
  });
}

const lengthOf = (messages: readonly TemplateMessage[]): number =>
  messages.reduce((sum, { text }) => sum + text.length, 0);

const NOTHING: Reply = { text: "", cut: false };

/** Lets signals in. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** What a replier says, where it can to several at once, and to the same conversation only once. */
class Replies {
  readonly atOnce: number;
  readonly #replier: Replier;
  readonly #known = new Map<string, Reply>();

  constructor(replier: Replier) {
    this.#replier = replier;
    this.atOnce = replier.replyAll ? (replier.atOnce ?? 1) : 1;
  }

  async to(conversations: readonly (readonly TemplateMessage[])[]): Promise<Reply[]> {
    const keys = conversations.map((messages) => JSON.stringify(messages.map(({ text }) => text)));
    const fresh = new Map(
      conversations.flatMap((messages, row) => {
        const key = keys[row] ?? "";
        return this.#known.has(key) ? [] : [[key, messages] as const];
      }),
    );
    const replies = await this.#ask([...fresh.values()]);
    for (const [index, key] of [...fresh.keys()].entries()) this.#known.set(key, replies[index] ?? NOTHING);
    return keys.map((key) => this.#known.get(key) ?? NOTHING);
  }

  async #ask(conversations: readonly (readonly TemplateMessage[])[]): Promise<readonly Reply[]> {
    if (conversations.length === 0) return [];
    if (this.#replier.replyAll) return this.#replier.replyAll(conversations);
    const replies: Reply[] = [];
    for (const messages of conversations) {
      const reply = await this.#replier.reply(messages);
      replies.push(typeof reply === "string" ? { text: reply, cut: false } : reply);
    }
    return replies;
  }
}
