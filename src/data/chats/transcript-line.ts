/** A line that may begin what somebody says. */
export interface SpokenLine {
  readonly name: string;
  /** What stands behind the colon. */
  readonly text: string;
}

/** `Name: text`, in Markdown also with bold names; a wide colon needs no space. */
const SPOKEN =
  /^\s{0,3}(?:\*\*|__)?([^:：*\n]{1,40}?)(?:\*\*|__)?\s?(?::(?:\*\*|__)?(?=\s|$)|：(?:\*\*|__)?)\s*(.*)$/u;
/** Up to four words of letters, digits and what joins them; `Dr.`, `Anna (whispering)`. */
const NAME =
  /^\p{L}{1,3}\.(?: \S+){1,3}$|^[\p{L}\p{N}][\p{L}\p{M}\p{N}'’_\-.&]*(?: [\p{L}\p{N}#&][\p{L}\p{M}\p{N}'’_\-.]*){0,3}(?: \([^()]{1,30}\))?$/u;

/** What stands before a colon and is nobody. */
const NOBODY = new Set(
  (
    "note notes nb n.b ps p.s tip hint warning caution important example examples edit update source sources title date " +
    "time place location subject from to cc bcc re fw fwd author name age city country address email e-mail phone tel " +
    "fax id url link website price type category tags tag chapter scene act section part page version license copyright " +
    "summary abstract conclusion introduction todo fixme step ingredients method result results figure table see http " +
    "https default returns params usage status language publisher isbn"
  ).split(" "),
);

/** Identity of a speaker within a file: `ANNA`, `Anna` and `Anna (laughing)` are one. */
export const speakerKey = (name: string): string =>
  name
    .normalize("NFC")
    .replace(/ \([^()]*\)$/, "")
    .replace(/\s+/g, " ")
    .toLowerCase();

/** `[10:02]` before a name. */
const TIME = /^\s{0,3}\[[\d:./, APMapm-]{4,25}\]\s?/;

export function spokenLine(line: string): SpokenLine | undefined {
  const [, before = "", text = ""] = SPOKEN.exec(line.replace(TIME, "")) ?? [];
  const name = before.trim();
  if (!NAME.test(name) || !/\p{L}/u.test(name)) return undefined;
  return NOBODY.has(speakerKey(name).replace(/ ?\d+$/, "")) ? undefined : { name, text };
}

/** A line of dashes, stars or their like, or a heading that numbers conversations: what comes next is another. */
export const isSeparator = (line: string): boolean =>
  /^\s*([-*_=~#–—])(?:\s*\1){2,}\s*$/.test(line) ||
  /^\W{0,8}(?:conversation|dialogue|dialog|chat|scene|transcript|example|episode)\s{0,3}[#№]?\s?\d{1,6}\W{0,8}$/i.test(
    line,
  );

const ASSISTANTS =
  /^(?:ai|assistant|ai assistant|bot|chatbot|gpt|chatgpt|gpt-\d\S*|claude|gemini|copilot|llama|model|answer|a)$/;
const HUMANS = /^(?:user|human|me|you|prompter|question|q)$/;

export type KnownRole = "assistant" | "user" | "system";

/** The role that a name alone tells, if it does. `A` answers only where `Q` asks. */
export function roleOfName(key: string, others: ReadonlySet<string>): KnownRole | undefined {
  if (key === "a") return others.has("q") ? "assistant" : undefined;
  if (key === "system") return "system";
  if (ASSISTANTS.test(key)) return "assistant";
  return HUMANS.test(key) ? "user" : undefined;
}
