/**
 * An error that a user can do something about. The message names the thing, shows the value and says what to do;
 * `code` is stable and explained in `docs/errors.md`.
 */
export class ParrotletError extends Error {
  override readonly name = "ParrotletError";
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** A breach of our own rules: a bug in Parrotlet, never the user's mistake. */
export class InternalError extends Error {
  override readonly name = "InternalError";

  constructor(message: string) {
    super(`internal: ${message}`);
  }
}

/** Throws an `InternalError` unless `condition` holds. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** The value, which must be there. */
export function present<T>(value: T | undefined | null, what: string): T {
  invariant(value !== undefined && value !== null, `${what} is missing`);
  return value;
}
