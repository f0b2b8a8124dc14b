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
export { TinyBackend, type TinyBackendOptions } from "./tiny/tiny-backend.ts";
