import type { Conversation, Message, Place } from "./item.ts";

/**
 * Messages as training wants them: space around them gone, empty ones dropped, and what one side says in a row as one message, its
 * parts on lines of their own.
 *
 * @param report Is told what was left out, and what to do.
 * @returns `undefined` without anything that the assistant says.
 */
export function conversationOf(
  messages: readonly Message[],
  place: Place,
  report: (message: string) => void,
): Conversation | undefined {
  const merged: { role: Message["role"]; text: string }[] = [];
  let empty = 0;
  for (const { role, text } of messages) {
    const trimmed = text.trim();
    const before = merged.at(-1);
    if (trimmed === "") empty++;
    else if (before?.role === role) before.text += `\n${trimmed}`;
    else merged.push({ role, text: trimmed });
  }
  if (empty > 0)
    report(
      `${empty === 1 ? "an empty message is" : `${empty} empty messages are`} left out. Write or remove it.`,
    );
  if (merged.some(({ role }) => role === "assistant")) {
    return { kind: "conversation", messages: merged, file: place.file, line: place.line };
  }
  report("the assistant says nothing in this conversation, so it is left out. Add an answer, or remove it.");
  return undefined;
}
