import { isName, ParrotletError, shown } from "../../base/index.ts";
import { type GenerationConfig, generationConfig } from "../../generate/index.ts";
import type { Usage } from "../backend.ts";
import type { ConversationRecord, HeadRecord, MessageRecord, MessageTiming } from "./records.ts";

/** What `JSON.parse` makes of an object. */
export type Fields = { readonly [name: string]: unknown };

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const invalid = (message: string): ParrotletError =>
  new ParrotletError("conversation-invalid", message);

/**
 * A record from outside: only what a record has, each field as it must be.
 *
 * @throws {ParrotletError} `conversation-invalid`, `generation-config`.
 */
export function checkRecord(value: unknown): ConversationRecord {
  if (!isFields(value)) throw invalid(`A record is ${shown(value)}; it must be an object.`);
  const type = value["type"];
  if (typeof type !== "string" || !Object.hasOwn(CHECKS, type))
    throw invalid(`A record's type is ${shown(type)}; it must be one of ${Object.keys(CHECKS).join(", ")}.`);
  return CHECKS[type as keyof typeof CHECKS](value);
}

const CHECKS = {
  conversation: (fields: Fields): ConversationRecord => {
    const from = fields["forkedFrom"];
    const forkedFrom = isFields(from)
      ? { conversation: idOf(from, "conversation"), message: idOf(from, "message") }
      : undefined;
    return withoutUndefined({
      type: "conversation",
      id: idOf(fields, "id"),
      at: timeOf(fields),
      forkedFrom,
    });
  },
  message: (fields: Fields): ConversationRecord => checkMessage(fields),
  head: (fields: Fields): ConversationRecord => {
    const why = oneOf(fields, "why", ["choose", "undo", "redo"]) as HeadRecord["why"];
    return { type: "head", head: idOrNull(fields, "head"), why, at: timeOf(fields) };
  },
  system: (fields: Fields): ConversationRecord => {
    const text = fields["text"] === null ? null : textOf(fields, "text");
    return { type: "system", text, at: timeOf(fields) };
  },
  title: (fields: Fields): ConversationRecord => {
    return { type: "title", title: textOf(fields, "title"), at: timeOf(fields) };
  },
} as const;

function checkMessage(fields: Fields): MessageRecord {
  const { model, finish, usage, timing, config, continues } = fields as Record<string, unknown>;
  return withoutUndefined({
    type: "message",
    id: idOf(fields, "id"),
    parent: idOrNull(fields, "parent"),
    role: oneOf(fields, "role", ["user", "assistant"]) as MessageRecord["role"],
    text: textOf(fields, "text"),
    at: timeOf(fields),
    model: model === undefined ? undefined : modelOf(model),
    finish:
      finish === undefined
        ? undefined
        : (oneOf(fields, "finish", ["stop", "length", "aborted"]) as MessageRecord["finish"]),
    usage: usage === undefined ? undefined : (numbersOf(usage, USAGE) as unknown as Usage),
    timing: timing === undefined ? undefined : (numbersOf(timing, TIMING) as unknown as MessageTiming),
    config: config === undefined ? undefined : configOf(config),
    continues: continues === undefined ? undefined : idOf(fields, "continues"),
  });
}

const USAGE = ["promptTokens", "completionTokens"] as const;
const TIMING = ["queued", "firstToken", "total", "tokensPerSecond"] as const;

function modelOf(value: unknown): MessageRecord["model"] {
  if (!isFields(value)) throw invalid(`A message's model is ${shown(value)}; it must be an object.`);
  const address = value["address"] === undefined ? undefined : textOf(value, "address");
  return withoutUndefined({ address, name: textOf(value, "name") });
}

function numbersOf(value: unknown, names: readonly string[]): Record<string, number> {
  const numbers = names.map((name): [string, number] => {
    const number = isFields(value) ? value[name] : undefined;
    if (typeof number !== "number" || !(number >= 0 && number < Number.POSITIVE_INFINITY))
      throw invalid(`${name} of a message is ${shown(number)}; it must be a number from 0 up.`);
    return [name, number];
  });
  return Object.fromEntries(numbers);
}

const CONFIG_FIELDS = Object.keys(generationConfig()) as (keyof GenerationConfig)[];

/** The fields of a generation config that are there. */
function configOf(value: unknown): Partial<GenerationConfig> {
  if (!isFields(value)) throw invalid(`A message's config is ${shown(value)}; it must be an object.`);
  const known = CONFIG_FIELDS.filter((name) => Object.hasOwn(value, name) && value[name] !== undefined);
  const config = Object.fromEntries(known.map((name) => [name, value[name]])) as Partial<GenerationConfig>;
  if (config.logitBias !== undefined && !isFields(config.logitBias))
    throw invalid(`A message's logitBias is ${shown(config.logitBias)}; it must be an object.`);
  generationConfig(config);
  return config;
}

function idOf(fields: Fields, name: string): string {
  const id = fields[name];
  if (typeof id === "string" && isName(id)) return id;
  throw invalid(`${name} of a record is ${shown(id)}; it must be a short name of letters and digits.`);
}

const idOrNull = (fields: Fields, name: string): string | null =>
  fields[name] === null ? null : idOf(fields, name);

function textOf(fields: Fields, name: string): string {
  const text = fields[name];
  if (typeof text === "string") return text;
  throw invalid(`${name} of a record is ${shown(text)}; it must be a text.`);
}

function oneOf(fields: Fields, name: string, values: readonly string[]): string {
  const value = fields[name];
  if (typeof value === "string" && values.includes(value)) return value;
  throw invalid(`${name} of a record is ${shown(value)}; it must be one of ${values.join(", ")}.`);
}

function timeOf(fields: Fields): string {
  const at = fields["at"];
  const isTime = typeof at === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(at);
  if (isTime && !Number.isNaN(Date.parse(at))) return at;
  throw invalid(`The time of a record is ${shown(at)}; it must be as 2026-01-31T12:00:00Z.`);
}

/** Without what is not there, as JSON would have it. */
export function withoutUndefined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}
