import { closest, ParrotletError, shown } from "../base/index.ts";

/** Where a model is. */
export type ModelAddress =
  /** A checkpoint of a run: of a step, the `best` (which may be another tomorrow), or the `newest`. */
  | { readonly kind: "run"; readonly name: string; readonly at: string }
  /** A model that came with the program. */
  | { readonly kind: "starter"; readonly name: string }
  /** A folder of ours: a checkpoint, or a run's. */
  | { readonly kind: "folder"; readonly path: string }
  /** A folder with ONNX models, or a repository of the Hub: `OWNER/MODEL`. */
  | { readonly kind: "hf"; readonly model: string }
  | { readonly kind: "gguf"; readonly path: string }
  /** Without a model, the first that the server has. */
  | { readonly kind: "openai"; readonly url: string; readonly model: string | undefined }
  /** What is no address but a name: a run (`NAME@STEP`), a starter or a path; whoever knows them decides. */
  | { readonly kind: "name"; readonly name: string };

const FORMS =
  "run:NAME, run:NAME@STEP, run:NAME@best, run:NAME@newest, starter:NAME, folder:PATH, hf:OWNER/MODEL, hf:PATH, " +
  "gguf:PATH and openai:URL#MODEL";

const KINDS = ["run", "starter", "folder", "hf", "gguf", "openai"] as const;
type Scheme = (typeof KINDS)[number];

const LONGEST = 4096;

/** @throws {ParrotletError} `bad-address`, with the forms that there are. */
export function parseAddress(text: string): ModelAddress {
  if (text.trim() === "" || text.length > LONGEST || /\p{Cc}/u.test(text)) throw refused(text);
  // One letter before a colon is a disk of Windows; what begins with a dot or a slash is a path.
  const [, scheme, rest = ""] = /^([A-Za-z][\w-]+):([\s\S]*)$/.exec(text) ?? [];
  if (scheme === undefined)
    return /\.gguf$/i.test(text) ? { kind: "gguf", path: text } : { kind: "name", name: text };
  const kind = KINDS.find((each) => each === scheme.toLowerCase());
  if (!kind) throw refused(text, suggestion(scheme, rest));
  if (rest.trim() === "") throw refused(text, `After ${kind}: comes ${WANTED[kind]}.`);
  return READERS[kind](rest, text);
}

const WANTED: Readonly<Record<Scheme, string>> = {
  run: "the name of a run",
  starter: "the name of a starter",
  folder: "a path",
  hf: "OWNER/MODEL or a path",
  gguf: "the path of a file",
  openai: "an address with http:// or https://",
};

const READERS: Readonly<Record<Scheme, (rest: string, text: string) => ModelAddress>> = {
  run(rest, text) {
    const [, name = "", at = "best"] = /^([^@]+)(?:@(.*))?$/.exec(rest) ?? [];
    if (name === "") throw refused(text, "A run has a name.");
    if (!/^(best|newest|\d{1,15})$/.test(at))
      throw refused(text, `After @ comes a step, best or newest, not ${shown(at)}.`);
    return { kind: "run", name, at: /^\d/.test(at) ? String(Number(at)) : at };
  },
  starter: (name) => ({ kind: "starter", name }),
  folder: (path) => ({ kind: "folder", path }),
  hf: (model) => ({ kind: "hf", model }),
  gguf: (path) => ({ kind: "gguf", path }),
  openai(rest, text) {
    const [, address = "", model] = /^([^#]*)(?:#([\s\S]*))?$/.exec(rest) ?? [];
    const url = serverUrl(address);
    if (url === undefined) throw refused(text, SERVER_RULE);
    return { kind: "openai", url, model: model || undefined };
  },
};

export const SERVER_RULE =
  "A server's address begins with http:// or https:// and holds no name, password, question or key: openai:http://localhost:11434/v1#MODEL.";

/** The address of an API, without a slash at its end; of a server alone, that of its usual `/v1`. Nothing where it is none. */
export function serverUrl(address: string): string | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === "") return undefined;
  if (url.username || url.password || url.search || url.hash) return undefined;
  const path = url.pathname.replace(/\/+$/, "");
  return `${url.origin}${path || "/v1"}`;
}

/** What `parseAddress` reads as the same address. */
export function formatAddress(address: ModelAddress): string {
  switch (address.kind) {
    case "run":
      return `run:${address.name}${address.at === "best" ? "" : `@${address.at}`}`;
    case "openai":
      return `openai:${address.url}${address.model === undefined ? "" : `#${address.model}`}`;
    case "folder":
    case "gguf":
      return `${address.kind}:${address.path}`;
    case "hf":
      return `hf:${address.model}`;
    case "starter":
      return `starter:${address.name}`;
    case "name":
      return address.name;
  }
}

function suggestion(scheme: string, rest: string): string {
  if (/^https?$/i.test(scheme)) return `Did you mean openai:${scheme}:${rest.replace(/^[^@]*@/, "//")}?`;
  const meant = closest(scheme, KINDS);
  return meant ? `Did you mean ${meant}:${rest}?` : "A path with a colon in it is written folder:PATH.";
}

const refused = (text: string, why = ""): ParrotletError =>
  new ParrotletError(
    "bad-address",
    `${shown(text)} is no address of a model. ${why && `${why} `}There are ${FORMS}; a name alone is a run, a starter or a folder.`,
  );
