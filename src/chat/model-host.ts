import type { BackendKind, ChatBackend } from "./backend.ts";

/** A model that could be talked to. */
export interface ModelListing {
  /** What opens it: `run:pip@500`, `starter:pip`, `hf:OWNER/MODEL`, `gguf:PATH`, `openai:URL#MODEL`. */
  readonly address: string;
  readonly kind: BackendKind;
  /** What a person calls it: `pip`. */
  readonly name: string;
  /** What it is for, in a word or two: questions, text, conversations. */
  readonly about: string;
  readonly parameters?: number | undefined;
  readonly contextWindow?: number | undefined;
  /** Of a run: the steps of its checkpoints, each of which `run:NAME@STEP` opens. */
  readonly steps?: readonly number[] | undefined;
  /** ISO 8601, where it is known. */
  readonly createdAt?: string | undefined;
}

/** Knows models and opens them, each once: who opens a model that is open shares it. */
export interface ModelHost {
  list(): Promise<readonly ModelListing[]>;
  /**
   * @param reference An address, or a name that `list` gives; nothing is the default model.
   * @throws {ParrotletError} `model-not-found`, `bad-address`, `backend-missing`, `backend-down`, `out-of-memory`.
   */
  open(reference?: string): Promise<HeldBackend>;
  /** Closes all models. */
  close(): Promise<void>;
}

/** A model that stays open as long as it is held. */
export interface HeldBackend {
  readonly backend: ChatBackend;
  /** Gives it back; it may be closed when nobody holds it. To be called once. */
  release(): void;
}
