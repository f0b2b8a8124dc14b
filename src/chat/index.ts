export { formatAddress, type ModelAddress, parseAddress, SERVER_RULE, serverUrl } from "./address.ts";
export type {
  BackendAbilities,
  BackendKind,
  ChatBackend,
  ChatMessage,
  ChosenToken,
  ReplyEvent,
  ReplyOptions,
  ReplyTiming,
  TokenLogprob,
  Usage,
} from "./backend.ts";
export {
  BackendDownError,
  BackendMissingError,
  BusyError,
  PromptTooLongError,
  UnableError,
} from "./errors.ts";
export type { HeldBackend, ModelHost, ModelListing } from "./model-host.ts";
export { ChatSession, type ChatSessionOptions, type ConfigChange } from "./session/chat-session.ts";
export { Conversation, type MessageContent, type MessageVersions } from "./session/conversation.ts";
export { conversationFromJson, conversationToJson } from "./session/conversation-json.ts";
export { conversationFromMarkdown, conversationToMarkdown } from "./session/conversation-markdown.ts";
export { type Budget, type BudgetOptions, fitBudget } from "./session/fit-budget.ts";
export { recordLine, recordsOfLines } from "./session/record-lines.ts";
export {
  type BeginRecord,
  type ConversationRecord,
  type ConversationSources,
  type HeadRecord,
  type MessageRecord,
  type MessageTiming,
  type SystemRecord,
  type TitleRecord,
  UNKNOWN_TIME,
} from "./session/records.ts";
export type { PromptEvent, SessionEvent, SessionStats } from "./session/session-events.ts";
export { TinyBackend, type TinyBackendOptions } from "./tiny/tiny-backend.ts";
