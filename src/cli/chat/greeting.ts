import chalk from "chalk";
import { ParrotletError } from "../../base/index.ts";
import type { GradedAnswer } from "../../evaluate/index.ts";
import { counted, oneLine, parrotletCommand, printable, table, verdictStyle } from "../terminal.ts";
import type { ChatModel } from "./model.ts";

const INVITATIONS = {
  pairs: "Say something, or /help.",
  text: "It goes on with what you write; /generate begins by itself. See /help.",
  chat: "Say something: it remembers what was said. See /help.",
} as const;

/** Says who is there, and what one may say: a model this small knows little. */
export async function greeting(model: ChatModel, others: number): Promise<string[]> {
  const { exam = [] } = (await model.examination()) ?? {};
  const questions = exam.slice(0, 4).map(({ question }) => oneLine(question));
  const { character, label } = model;
  const who = character === undefined ? chalk.cyan(label) : `${chalk.cyan(character)} (${label})`;
  return [
    `This is ${who}. ${INVITATIONS[model.kind]} Leave with /quit.`,
    ...(model.found.starter
      ? [chalk.dim(`It came trained. Raise your own: ${parrotletCommand()} train --help`)]
      : []),
    ...(questions.length > 0
      ? [chalk.dim(`It was asked: ${questions.join(" · ")} (all of it: /questions)`)]
      : []),
    ...(others > 0
      ? [chalk.dim(`There ${others === 1 ? "is" : "are"} ${counted(others, "other model")}: /models`)]
      : []),
  ];
}

/**
 * What a model was asked when it was examined, or how it went on with text.
 *
 * @throws {ParrotletError} `no-run` where nobody has kept that.
 */
export async function questionsOf(model: ChatModel): Promise<string[]> {
  const examination = await model.examination();
  if (examination) {
    const { all, unseen } = examination;
    const learned = table(["", "it learned", "and says"], all.map(marked));
    if (unseen.length === 0) return [learned];
    return [learned, `\n${table(["", "it never saw", "and says"], unseen.map(marked))}`];
  }
  const validation = await model.validation();
  if (!validation) throw new ParrotletError("no-run", `Nobody has kept what ${model.label} was trained on.`);
  const { bitsPerByte, perplexity, samples } = validation;
  const what = model.kind === "chat" ? "conversations" : "text";
  const about =
    `It learned from ${what}, not from single questions. Of ${what} that it has not seen, it is as unsure as among ` +
    `${perplexity.toFixed(1)} tokens: ${bitsPerByte.toFixed(3)} bits per byte.`;
  if (samples.length === 0) return [about];
  const rows = samples.map(({ prompt, text }) => [prompt, printable(oneLine(text))]);
  return [about, `\n${table(["given", "it went on"], rows)}`];
}

function marked({ question, answer, verdict }: GradedAnswer): string[] {
  const { mark, color } = verdictStyle(verdict);
  return [chalk[color](mark), question, answer];
}
