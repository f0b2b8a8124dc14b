import { ParrotletError } from "../base/index.ts";

/** Prompt and reply do not fit the context window together, and nothing of the prompt may be left out. */
export class PromptTooLongError extends ParrotletError {
  readonly promptTokens: number;
  readonly maxNewTokens: number;
  readonly contextWindow: number;

  constructor(counts: {
    readonly promptTokens: number;
    readonly maxNewTokens: number;
    readonly contextWindow: number;
  }) {
    const { promptTokens, maxNewTokens, contextWindow } = counts;
    const over = promptTokens + maxNewTokens - contextWindow;
    const shorten = promptTokens > over ? `Shorten the message by ${over} tokens, or lower` : "Lower";
    super(
      "prompt-too-long",
      `The prompt is ${promptTokens} tokens and maxNewTokens is ${maxNewTokens}, but the model's context window holds ` +
        `${contextWindow}. ${shorten} maxNewTokens to ${Math.max(1, contextWindow - promptTokens)}.`,
    );
    this.promptTokens = promptTokens;
    this.maxNewTokens = maxNewTokens;
    this.contextWindow = contextWindow;
  }
}

/** A package that only some people need is not installed. */
export class BackendMissingError extends ParrotletError {
  readonly packageName: string;

  constructor(packageName: string, what: string, options?: { cause?: unknown }) {
    super("backend-missing", `${what} needs the package ${packageName}: npm install ${packageName}`, options);
    this.packageName = packageName;
  }
}

/** A server that should answer does not, or not in a way that can be read. */
export class BackendDownError extends ParrotletError {
  readonly url: string;

  constructor(url: string, why: string, options?: { cause?: unknown }) {
    super(
      "backend-down",
      `${url} does not answer: ${why}. Is it running, and is the address right?`,
      options,
    );
    this.url = url;
  }
}

/** Too many wait already. */
export class BusyError extends ParrotletError {
  /** Seconds after which to try again. */
  readonly retryAfter: number;

  /** @param waiting How many wait, or where that is not known, who says that too many do. */
  constructor(waiting: number | string, retryAfter: number) {
    const why = typeof waiting === "number" ? `${waiting} requests wait for this model already.` : waiting;
    super("busy", `${why} Try again in ${retryAfter} s.`);
    this.retryAfter = retryAfter;
  }
}

/** The model cannot do what is asked of it. */
export class UnableError extends ParrotletError {
  constructor(name: string, what: string, instead = "") {
    super("unable", `${name} cannot ${what}.${instead && ` ${instead}`}`);
  }
}
