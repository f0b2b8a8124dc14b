import { type Filter, passageFilter } from "./filter.ts";

/** What templates call the things that they leave open. */
const OPEN =
  "names?|user ?\\d*|username|your|their|his/her|insert|placeholder|redacted|country|city|town|hometown|state|company|" +
  "team|school|university|restaurant|location|place|address|e-?mail|phone|date|number|title|topic|subject|product|" +
  "amount|price|link|url|food|job|hobby|colou?r|age|something|someone|todo|tbd|blank|fill in";

/** Names of HTML tags: markup that a reader left in, or that is talked about, is no placeholder. */
const TAGS =
  "A|B|I|P|U|S|Q|BR|HR|EM|H[1-6]|LI|OL|UL|DL|DT|DD|TD|TH|TR|DIV|PRE|SUB|SUP|IMG|BODY|HEAD|HTML|SPAN|CODE|TABLE|FONT|" +
  "CENTER|STRONG|TITLE|SCRIPT|STYLE|META|LINK|FORM|INPUT|BUTTON|NAV|TBODY|THEAD|SMALL|BIG|BLOCKQUOTE|CITE|OPTION|SELECT";

const ANY_CASE = new RegExp(
  [
    // [name], [user 1's name], [INSERT CITY HERE]; not [1], [sic], [Exit Lane.], a link [name](...) or a box [x].
    `\\[(?:[^\\[\\].\\n]{0,40}[^\\p{L}\\[\\].\\n])?(?:${OPEN})(?:\\d|_\\w{1,40})?(?:'s)?(?:[^\\p{L}.\\[\\]\\n][^.\\[\\]\\n]{0,40})?\\](?![(:\\[])`,
    "\\[(?:illustration|image|picture|photo|figure|music|applause|inaudible|deleted|removed)(?:[:#, ][^\\]]{0,300})?\\]",
    `\\{\\{[^{}\\n]{1,60}\\}\\}|\\$\\{\\w{1,40}\\}|\\{(?:char|bot|assistant|${OPEN})(?:_\\w{1,40})?\\}`,
    `<(?:your|insert|user)[ _][^<>\\n]{1,30}>|<(?:name|username|unk|mask)>|<\\|[^|\\n]{1,30}\\|>`,
    "\\b_url_\\d+_|%(?:name|user|username)%|\\blorem ipsum\\b",
  ].join("|"),
  "iu",
);

/** <NAME>, <CITY_2>, NAME_1. */
const CAPITALS = new RegExp(`<(?!(?:${TAGS})>)[A-Z][A-Z_ ]{1,30}\\d{0,3}>|\\bNAME_\\d{1,3}\\b`, "u");

/** Drops what a template left open, so that no model learns to say "Hello, [name]!". */
export const createPlaceholdersFilter = (): Filter =>
  passageFilter("placeholders", (passage) => {
    // Most text has none of these signs, and a look for them is quick.
    const hit =
      (/[[{<%_]|lorem/i.test(passage) && (ANY_CASE.exec(passage) ?? CAPITALS.exec(passage))) || undefined;
    return hit && { why: "a placeholder", at: hit.index };
  });
