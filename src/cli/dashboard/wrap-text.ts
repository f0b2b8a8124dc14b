import stringWidth from "string-width";
import { harmless } from "../terminal.ts";

/**
 * A text in lines of so many columns, at most so many of them: broken at its own breaks and between words, and within a word
 * that is longer than a line. Empty lines are left out; what does not fit ends in "…".
 */
export function wrapText(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split(/[\r\n]+/)) {
    if (paragraph.trim() !== "") lines.push(...wrapParagraph(harmless(paragraph), width));
    if (lines.length > most) break;
  }
  if (lines.length <= most) return lines;
  const [last = ""] = cutAt(lines[most - 1] ?? "", width - 1);
  return [...lines.slice(0, most - 1), `${last}…`];
}

function wrapParagraph(paragraph: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of paragraph.split(/(?<= )/)) {
    if (stringWidth(line + word.trimEnd()) <= width) {
      line += word;
      continue;
    }
    const parts = cutAt(word, width);
    lines.push(line, ...parts.slice(0, -1));
    line = parts.at(-1) ?? "";
  }
  return [...lines, line].map((each) => each.trimEnd()).filter((each) => each !== "");
}

/** A text in parts of so many columns. */
function cutAt(text: string, width: number): string[] {
  const parts: string[] = [];
  let part = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (part !== "" && stringWidth(part + segment) > width) {
      parts.push(part);
      part = "";
    }
    part += segment;
  }
  return [...parts, part];
}
