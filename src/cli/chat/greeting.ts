import chalk from "chalk";
import { ParrotletError } from "../../base/index.ts";
import type { GradedAnswer } from "../../evaluate/index.ts";
import { counted, oneLine, parrotletCommand, printable, table, verdictStyle } from "../terminal.ts";
import { type AboutModel, trainedEvent } from "./about-model.ts";

const INVITATIONS = {
  pairs: "Say something, or /help.",
  text: "It goes on with what you write; /generate begins by itself. See /help.",
  chat: "Say something: it remembers what was said. See /help.",
} as const;

/** Says who is there, and what one may say: a model this small knows little. */
export async function greeting(about: AboutModel, others: number, keeps: boolean): Promise<string[]> {
  const { exam = [] } = (await trainedEvent(about))?.examination ?? {};
  const questions = exam.slice(0, 4).map(({ question }) => oneLine(question));
  const { character, label, kind, local } = about;
  const who = character === undefined ? chalk.cyan(label) : `${chalk.cyan(character)} (${label})`;
  const notes = [
    ...(local?.found.starter ? [`It came trained. Raise your own: ${parrotletCommand()} train --help`] : []),
    ...(questions.length > 0 ? [`It was asked: ${questions.join(" · ")} (all of it: /questions)`] : []),
    ...(others > 0
      ? [`There ${others === 1 ? "is" : "are"} ${counted(others, "other model")}: /models`]
      : []),
    keeps ? "What is said is kept: /load goes on with it another time." : "Nothing of what is said is kept.",
  ];
  return [`This is ${who}. ${INVITATIONS[kind]} Leave with /quit.`, ...notes.map((note) => chalk.dim(note))];
}

/**
 * What a model was asked when it was examined, or how it went on with text.
 *
 * @throws {ParrotletError} `no-run` where nobody has kept that.
 */
export async function questionsOf(about: AboutModel): Promise<string[]> {
  const { examination, validation } = (await trainedEvent(about)) ?? {};
  if (examination) {
    const { all, unseen } = examination;
    const learned = table(["", "it learned", "and says"], all.map(marked));
    if (unseen.length === 0) return [learned];
    return [learned, `\n${table(["", "it never saw", "and says"], unseen.map(marked))}`];
  }
  if (!validation) throw new ParrotletError("no-run", `Nobody has kept what ${about.label} was trained on.`);
  const { bitsPerByte, perplexity, samples } = validation;
  const what = about.kind === "chat" ? "conversations" : "text";
  const measured =
    `It learned from ${what}, not from single questions. Of ${what} that it has not seen, it is as unsure as among ` +
    `${perplexity.toFixed(1)} tokens: ${bitsPerByte.toFixed(3)} bits per byte.`;
  if (samples.length === 0) return [measured];
  const rows = samples.map(({ prompt, text }) => [prompt, printable(oneLine(text))]);
  return [measured, `\n${table(["given", "it went on"], rows)}`];
}

function marked({ question, answer, verdict }: GradedAnswer): string[] {
  const { mark, color } = verdictStyle(verdict);
  return [chalk[color](mark), question, answer];
}
