import {
  Conversation,
  type ConversationRecord,
  type ConversationSources,
  type MessageRecord,
} from "../../chat/index.ts";
import { portableSource } from "../../export/index.ts";
import type { RunEvent } from "../../workspace/index.ts";

/** An address as clients see it; nothing where it says in which folder or behind which URL a model is. */
export const publicAddress = (address: string): string | undefined =>
  /^(run|starter):[^/\\]+$|^hf:[\w.-]+\/[\w.-]+$/.test(address) ? address : undefined;

export function publicMessage(message: MessageRecord): MessageRecord {
  const { model } = message;
  if (!model) return message;
  const address = publicAddress(model.address ?? "");
  return { ...message, model: { ...(address && { address }), name: model.name } };
}

const publicRecord = (record: ConversationRecord): ConversationRecord =>
  record.type === "message" ? publicMessage(record) : record;

/** A conversation whose records tell nobody where files lie. */
export const publicConversation = ({ records }: Conversation, sources: ConversationSources): Conversation =>
  Conversation.fromRecords(records.map(publicRecord), sources);

export const publicEvent = (event: RunEvent): RunEvent =>
  event.type === "start" && event.sources
    ? { ...event, sources: event.sources.map((each) => ({ ...each, source: portableSource(each.source) })) }
    : event;
