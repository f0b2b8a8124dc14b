import { shortened } from "../../base/index.ts";
import type { Message } from "../item.ts";
import type { Columns } from "./format.ts";
import { messagesOf, textOf } from "./messages.ts";
import { transcriptOf } from "./transcript.ts";

/** What a record says, without its place. */
export type Body =
  | { readonly kind: "conversation"; readonly messages: readonly Message[] }
  | { readonly kind: "text"; readonly text: string };

/** A record that is understood, or why it is not. */
export type Shaped =
  | { readonly shape: string; readonly bodies: readonly Body[] }
  | { readonly problem: string };

type Fields = Readonly<Record<string, unknown>>;

/** Fields that hold a list of messages, by the name that their kind of data goes by. */
const LISTS: readonly (readonly [name: string, shape: string])[] = [
  ["messages", "OpenAI messages"],
  ["conversations", "ShareGPT conversations"],
  ["conversation", "conversations"],
  ["dialog", "dialogues"],
  ["dialogue", "dialogues"],
  ["turns", "dialogues"],
  ["utterances", "dialogues"],
  ["chat", "conversations"],
  ["content", "conversations"],
];
const QUESTIONS =
  "question q prompt instruction setup query user human input utterances questions request".split(" ");
const ANSWERS =
  "answer a completion response output chosen punchline reply target assistant bot answers".split(" ");
const TEXTS = "text content story body document article passage sentence paragraph poem fable".split(" ");
const SYSTEMS = ["system", "system_prompt", "systemprompt"];
const USUAL: ReadonlySet<string> = new Set([...QUESTIONS, ...ANSWERS, ...TEXTS]);
/** What a question is about, after it on lines of its own. */
const MATERIAL = ["input", "context"];

/**
 * What one record of JSON, CSV, YAML or Parquet says. Names are looked for as they are, then without regard to case, spaces, dashes and
 * underscores.
 */
export function shapeOf(record: unknown, columns: Columns = {}): Shaped {
  if (typeof record === "string") return { shape: "texts", bodies: [{ kind: "text", text: record }] };
  if (Array.isArray(record)) return conversation("conversations", messagesOf(record));
  if (typeof record !== "object" || record === null) {
    return { problem: `${String(record)} is neither text nor a record. Remove it.` };
  }
  const fields = record as Fields;
  if (Object.values(columns).some((name) => name !== undefined)) return byColumns(fields, columns);
  const lower = Object.fromEntries(Object.entries(fields).map(([name, value]) => [plain(name), value]));
  return byNames(fields) ?? byNames(lower) ?? byTranscript(fields) ?? { problem: unusable(fields, lower) };
}

/** Whether a record can be understood without being told what its fields are. */
export const isRecord = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "shape" in shapeOf(value);

const plain = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s_-]/g, "");

/** Whether a field of this name is one that shapes look for. */
export const isUsualName = (name: string): boolean => USUAL.has(plain(name));

/** The names of fields: not all, and no long text that a file without a row of names has in their place. */
const listed = (names: readonly string[]): string =>
  names
    .slice(0, 8)
    .map((name) => shortened(name, 40))
    .join(", ") + (names.length > 8 ? ", ..." : "");

function unusable(fields: Fields, lower: Fields): string {
  const named = (names: readonly string[]): boolean => names.some((name) => Object.hasOwn(lower, name));
  if (named(QUESTIONS) && named(ANSWERS))
    return "the question or the answer is missing. Write it or remove the record.";
  const names = Object.keys(fields);
  if (names.length === 0) return "the record is empty. Remove it.";
  return `no text, question with answer, or messages by their usual names; there is ${listed(names)}. Say which is which with --columns question=NAME,answer=NAME or --columns text=NAME.`;
}

function conversation(shape: string, messages: readonly Message[] | string): Shaped {
  return typeof messages === "string"
    ? { problem: messages }
    : { shape, bodies: [{ kind: "conversation", messages }] };
}

function byColumns(fields: Fields, columns: Columns): Shaped {
  const missing = Object.values(columns).find((name) => name !== undefined && !Object.hasOwn(fields, name));
  if (missing !== undefined) {
    return {
      problem: `there is no ${missing}; there is ${listed(Object.keys(fields)) || "nothing"}. Say --columns with one of these.`,
    };
  }
  const named = (name: string | undefined): unknown => (name === undefined ? undefined : fields[name]);
  if (columns.messages !== undefined)
    return (
      messagesIn(named(columns.messages), "conversations") ?? {
        problem: `${columns.messages} holds no conversation: neither a list of messages nor lines that begin with two speakers' names.`,
      }
    );
  if (columns.question !== undefined && columns.answer !== undefined) {
    return pairs(
      named(columns.question),
      named(columns.answer),
      textOf(named(columns.system)),
      "questions and answers",
    );
  }
  if (columns.text !== undefined) return texts(named(columns.text));
  return { problem: "--columns must name a text, or a question and an answer, or messages." };
}

function byNames(fields: Fields): Shaped | undefined {
  for (const [name, shape] of LISTS) {
    const value = fields[name];
    // Ways to ask the same, not turns.
    const rewordings = name === "utterances" && (isThere(fields["answers"]) || isThere(fields["intent"]));
    if (isList(value) && !rewordings) {
      const found = messagesIn(value, shape);
      if (found) return found;
    }
  }
  return byPair(fields) ?? byText(fields);
}

const isList = (value: unknown): boolean =>
  (Array.isArray(value) && value.length > 0) || (typeof value === "string" && /^\s*\[\s*[{"[]/.test(value));

/** A conversation in one field: a list, a list as JSON, or lines of two speakers. */
function messagesIn(value: unknown, shape: string): Shaped | undefined {
  if (Array.isArray(value)) return conversation(shape, messagesOf(value));
  if (typeof value !== "string") return undefined;
  if (isList(value)) {
    try {
      const list: unknown = JSON.parse(value);
      if (Array.isArray(list)) return conversation(shape, messagesOf(list));
    } catch {
      // Text that begins with a bracket.
    }
  }
  const messages = transcriptOf(value);
  return messages && conversation(shape, messages);
}

function byPair(fields: Fields): Shaped | undefined {
  const answerName = ANSWERS.find((name) => isThere(fields[name]));
  const questionName = QUESTIONS.find((name) => name !== answerName && isThere(fields[name]));
  if (answerName === undefined || questionName === undefined) return undefined;
  const [question, answer] = [fields[questionName], fields[answerName]];
  // Data of preferences: the better answer, after the conversation so far.
  if (Array.isArray(answer) && answer.every((each) => typeof each === "object")) {
    const before = Array.isArray(question) && answer.length === 1 ? question : [];
    return conversation("prompts and chosen answers", messagesOf([...before, ...answer]));
  }
  const material = MATERIAL.filter((name) => name !== questionName).map((name) => fields[name]);
  const about = material.filter((each): each is string => typeof each === "string" && each.trim() !== "");
  const asked = about.length > 0 && typeof question === "string" ? [question, ...about].join("\n") : question;
  const system = textOf(SYSTEMS.map((name) => fields[name]).find(isThere));
  const shape =
    questionName === "instruction"
      ? "instructions"
      : questionName === "prompt"
        ? "prompts and completions"
        : "questions and answers";
  return pairs(asked, answer, system, shape, fields["history"]);
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

/** Questions with answers. Where there are several of either, they say the same in other words: each is used at least once. */
function pairs(question: unknown, answer: unknown, system: string, shape: string, history?: unknown): Shaped {
  const [asked, answered] = [wordings(question), wordings(answer)];
  const isEmpty = (text: string): boolean => text.trim() === "";
  if (asked.some(isEmpty)) return { problem: "the question is empty. Write it or remove the record." };
  if (answered.some(isEmpty)) return { problem: "the answer is empty. Write it or remove the record." };
  const before = Array.isArray(history) ? history.flat().filter((each) => typeof each === "string") : [];
  const earlier = before.length % 2 === 0 ? messagesOf(before) : [];
  const bodies = Array.from(
    { length: Math.max(asked.length, answered.length) },
    (_, i): Body => ({
      kind: "conversation",
      messages: [
        ...(system === "" ? [] : [{ role: "system", text: system } as const]),
        ...(typeof earlier === "string" ? [] : earlier),
        { role: "user", text: asked[i % asked.length] ?? "" },
        { role: "assistant", text: answered[i % answered.length] ?? "" },
      ],
    }),
  );
  return { shape, bodies };
}

function wordings(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.every((each) => typeof each === "string") && list.length > 0) return list;
  const inner = (value as Fields | null)?.["text"];
  return Array.isArray(inner) && inner.length > 0
    ? [...new Set(inner.map((each) => textOf(each)))]
    : [textOf(value)];
}

function byText(fields: Fields): Shaped | undefined {
  const name = TEXTS.find((each) => isThere(fields[each]));
  return name === undefined ? undefined : texts(fields[name]);
}

function texts(value: unknown): Shaped {
  const text = textOf(value);
  const messages = /^\s*(human|user|system)\s*:/i.test(text) ? transcriptOf(text) : undefined;
  if (messages) return conversation("transcripts", messages);
  return text.trim() === ""
    ? { problem: "the text is empty. Remove the record." }
    : { shape: "texts", bodies: [{ kind: "text", text }] };
}

/** A field, whatever its name, that holds a conversation in lines. */
function byTranscript(fields: Fields): Shaped | undefined {
  for (const value of Object.values(fields)) {
    const messages = typeof value === "string" ? transcriptOf(value) : undefined;
    if (messages) return conversation("transcripts", messages);
  }
  return undefined;
}
