import chalk from "chalk";
import type { MessageTiming, Usage } from "../../chat/index.ts";
import { count, counted } from "../terminal.ts";
import type { Talk } from "./talk.ts";

const BAR = 30;

/** How fast the newest reply came, and how full the context window was. */
export function showStats({ session, conversation, backend, about }: Talk): string {
  const { contextUsed, contextWindow, dropped, replies, totals } = session.stats();
  const newest = conversation.path.findLast(({ role }) => role === "assistant");
  if (!newest)
    return `${about.label} has a context window of ${counted(contextWindow, "token")}. Nothing was said yet.`;
  const used = Math.min(1, (contextUsed ?? 0) / contextWindow);
  const filled = Math.round(used * BAR);
  const bar = chalk.cyan("█".repeat(filled)) + chalk.dim("░".repeat(BAR - filled));
  const about_ = backend.kind === "openai" ? "about " : "";
  return [
    ...(newest.usage && newest.timing ? [`reply    ${speedLine(newest.usage, newest.timing)}`] : []),
    `context  ${bar} ${about_}${count(contextUsed ?? 0)} of ${counted(contextWindow, "token")}`,
    ...(dropped > 0 ? [`         ${counted(dropped, "message")} did not fit: /history marks them`] : []),
    `total    ${counted(replies, "reply").replace(/replys$/, "replies")}, ${count(totals.promptTokens)} tokens read, ${count(totals.completionTokens)} made`,
  ].join("\n");
}

/** `23 tokens, 812 a second, the first after 3 ms` */
export function speedLine(
  { completionTokens }: Usage,
  { total, firstToken }: Omit<MessageTiming, "tokensPerSecond">,
): string {
  const speed = total > 0 ? `, ${count(Math.round((completionTokens * 1000) / total))} a second` : "";
  return `${counted(completionTokens, "token")}${speed}, the first after ${count(Math.round(firstToken))} ms`;
}
