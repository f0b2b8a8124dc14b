/** A text within a line of Markdown: nothing of it is markup, and it has no line ends. */
export const escaped = (text: string): string =>
  text.replaceAll(/[\r\n\u2028\u2029]+/g, " ").replaceAll(/[\\`*_{}[\]<>#|~!&]/g, "\\$&");

/** A text as code within a line. */
export function code(text: string): string {
  const line = text.replaceAll(/[\r\n\u2028\u2029]+/g, " ").replaceAll("|", "\u00a6"); // no cell of a table ends within
  const longest = Math.max(0, ...Array.from(line.matchAll(/`+/g), ([ticks]) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  return longest > 0 ? `${ticks} ${line} ${ticks}` : `${ticks}${line}${ticks}`;
}

/** Lines as they are, between fences that they do not contain. */
export function fenced(lines: readonly string[], language = ""): string[] {
  const longest = Math.max(2, ...Array.from(lines.join("\n").matchAll(/`+/g), ([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, ...lines, fence];
}
