import type { DateNumbers } from "./whatsapp-dates.ts";

/** A line that begins a message. */
export interface WhatsAppHead {
  /** Three numbers of the date, in the order in which they stand. */
  readonly date: DateNumbers;
  /** Seconds since midnight. */
  readonly time: number;
  /** Undefined for a line of the program itself. */
  readonly author: string | undefined;
  readonly text: string;
}

/** Marks of direction, which the app puts nearly anywhere. */
const MARK = /[\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069\uFEFF]/g;
const DAY = "(\\d{1,4})[./\\-年년]\\s?(\\d{1,2})[./\\-月월]\\s?(\\d{1,4})[.日일]?";
/** Between date and time: a comma, `at` in some language, or the half of the day. */
const BETWEEN = "[,،.]?\\s?([^\\d\\s]{0,9})\\s?";
const CLOCK = "(\\d{1,2})[:.](\\d{2})(?:[:.](\\d{2}))?";
const HALF = "\\s?([^\\d\\s\\]:,–-][^\\d\\]:,–-]{0,9}?)?";
/** `] ` on an iPhone, ` - ` on Android, `: ` on old iPhones, `, ` on Android in Korean. */
const END = "(?:\\]\\s?|\\s[-–]\\s|[:,]\\s)";
const HEAD = new RegExp(`^\\[?${DAY}${BETWEEN}${CLOCK}${HALF}${END}`, "u");

/** Names are short; a later colon belongs to the text. */
const AUTHOR = /^([^:\n]{1,100}?)\s?:(?:\s|$)/;
/** A line of the program that quotes something: people have no such names. */
const QUOTES = /["“”„«»]/;

const AFTERNOON = /^(p|pm|下午|晚上|午後|오후|م|بظ|nachm|ptg|ch|μμ|пп|du|odp)$/;
const MORNING = /^(a|am|上午|凌晨|早上|午前|오전|ص|قظ|vorm|pg|sa|πμ|дп|de|dop)$/;

/** The head of a message, if the line begins one. */
export function whatsAppHead(line: string): WhatsAppHead | undefined {
  // Most lines are told apart by their first characters.
  if (!/^[^\p{L}]{0,8}\p{Nd}/u.test(line)) return undefined;
  const head = headOf(line.slice(0, 100));
  if (!head) return undefined;
  const rest = line.slice(head.length).replace(/^\s+/, "");
  const [start = "", author] = AUTHOR.exec(rest) ?? [];
  const said = author !== undefined && !QUOTES.test(author);
  return {
    date: head.date,
    time: head.time,
    author: said ? cleanName(author) : undefined,
    text: said ? rest.slice(start.length) : rest,
  };
}

interface Head extends Pick<WhatsAppHead, "date" | "time"> {
  /** Characters of the line that it takes. */
  readonly length: number;
}

/** Reads date and time without marks of direction and with digits as 0 to 9. */
function headOf(start: string): Head | undefined {
  const plain = start
    .replace(MARK, "")
    .replace(/[\u0660-\u0669]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u06F0-\u06F9]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0));
  const found = HEAD.exec(plain);
  if (!found) return undefined;
  const [whole, a, b, c, before = "", hours, minutes, seconds = "0", after = ""] = found;
  const half = [before, after].map((word) => word.toLowerCase().replace(/[.\s]/g, ""));
  const hour = hourOf(Number(hours), half);
  if (hour > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return {
    date: [Number(a), Number(b), Number(c)],
    time: hour * 3600 + Number(minutes) * 60 + Number(seconds),
    length: plain.length === start.length ? whole.length : lengthWithMarks(start, whole.length),
  };
}

function hourOf(hour: number, half: readonly string[]): number {
  if (half.some((word) => AFTERNOON.test(word))) return hour < 12 ? hour + 12 : hour;
  // Some countries write the first hour as 24.
  return hour === 24 || (hour === 12 && half.some((word) => MORNING.test(word))) ? 0 : hour;
}

/** How many characters hold the first `count` that are not marks. */
function lengthWithMarks(text: string, count: number): number {
  let at = 0;
  for (let kept = 0; kept < count; at++) if (text.charAt(at).replace(MARK, "") !== "") kept++;
  return at;
}

/** Names of people who are not in the owner's contacts begin with a tilde. */
const cleanName = (name: string): string =>
  name
    .replace(MARK, "")
    .replace(/^~\s?/, "")
    .replace(/[\u00A0\u202F]/g, " ")
    .trim();
