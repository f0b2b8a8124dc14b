import { ParrotletError, shortened, shown } from "../../base/index.ts";
import type { HubReference } from "./reference.ts";
import type { HubSettings } from "./settings.ts";

/** What the system says when there is no network, or nobody at the address. */
const OFFLINE = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ENETDOWN",
]);

/** The Hub cannot be reached, or is in trouble: trying later may help. */
export class HubUnreachable extends Error {
  override readonly name = "HubUnreachable";
  readonly isOffline: boolean;

  constructor(message: string, isOffline = false, options?: ErrorOptions) {
    super(message, options);
    this.isOffline = isOffline;
  }

  /** What `fetch` failed with. */
  static because(error: unknown): HubUnreachable {
    if (error instanceof HubUnreachable) return error;
    const { cause, message } = error as Error;
    const { code = "", message: reason = "" } = (cause ?? {}) as NodeJS.ErrnoException;
    return new HubUnreachable(reason || code || message, OFFLINE.has(code), { cause: error });
  }
}

/** There is no such dataset, as far as this person may know. */
export class MissingDataset extends ParrotletError {
  constructor(message: string) {
    super("hub-not-found", message);
  }
}

interface Asked {
  /** The beginning of what was answered. */
  readonly text: string;
  readonly url: string;
  readonly settings: HubSettings;
  readonly reference: HubReference;
}

/** What an answer other than success means. The Hub says more in a header than by the status. */
export function answerError(response: Response, asked: Asked): HubUnreachable | ParrotletError {
  const { status, headers } = response;
  const { host } = new URL(response.url);
  // A file is redirected to a store by an address that is valid for a while: asking again gives a new one.
  const isStore = asked.url.includes("/resolve/") && host !== new URL(asked.settings.endpoint).host;
  if (status === 408 || status === 429 || status >= 500 || isStore) {
    return new HubUnreachable(`${host} answered ${status}`);
  }
  const code = headers.get("x-error-code");
  if (code === "GatedRepo") return gated(status, asked);
  if (code === "RevisionNotFound") return noRevision(asked);
  // Without a token, the Hub does not tell what is private from what is not there.
  if (status === 404 || code === "RepoNotFound" || (status === 401 && !asked.settings.token))
    return missing(asked);
  if (status === 401 || status === 403) return denied(status, asked);
  return new ParrotletError(
    "hub-refused",
    `${host} answered ${status}: ${shortened(asked.text.replace(/\s+/g, " "), 200)}. Is HF_ENDPOINT right?`,
  );
}

function gated(
  status: number,
  { settings: { endpoint, token }, reference: { dataset } }: Asked,
): ParrotletError {
  const rest = token
    ? "with the account of the token that you gave, and wait for the owners' yes if they ask for that."
    : "then make a token at https://huggingface.co/settings/tokens and give it as HF_TOKEN.";
  return new ParrotletError(
    "hub-denied",
    `${dataset} is given only to those who accept its terms (${status}). Accept them at ` +
      `${endpoint}/datasets/${dataset}, ${rest}`,
  );
}

function denied(status: number, { settings, reference }: Asked): ParrotletError {
  const remedy = settings.token
    ? "The token that was given (HF_TOKEN, or the file that `hf auth login` writes) is not valid, or may not read it."
    : "Give a token that may read it as HF_TOKEN.";
  return new ParrotletError(
    "hub-denied",
    `The Hub does not give ${reference.dataset} (${status}). ${remedy}`,
  );
}

const noRevision = ({ reference: { dataset, revision } }: Asked): ParrotletError =>
  new ParrotletError(
    "hub-not-found",
    `${dataset} has no revision ${shown(revision)}. Leave @${revision} away for the newest.`,
  );

const missing = ({ settings, reference }: Asked): MissingDataset =>
  new MissingDataset(
    `${settings.endpoint} has no dataset ${shown(reference.dataset)}, or none that you may see.` +
      (settings.token ? "" : " If it is private, give a token as HF_TOKEN."),
  );
