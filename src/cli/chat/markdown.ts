import chalk from "chalk";
import { marked, type Token, type Tokens } from "marked";
import { printable, table } from "../terminal.ts";

/** Markdown as a terminal shows it: headings and emphasis by style, lists with bullets, code indented. Plain text stays as it is. */
export const renderMarkdown = (text: string): string =>
  blocks(marked.lexer(printable(text))).replace(/^\n+|\s+$/g, "");

const blocks = (tokens: readonly Token[]): string => tokens.map(block).join("");

function block(token: Token): string {
  switch (token.type) {
    case "space":
      return token.raw.length > 1 ? "\n" : "";
    case "heading": {
      const { depth, tokens = [] } = token as Tokens.Heading;
      const style = depth === 1 ? chalk.bold.underline : chalk.bold;
      return `${style(inlines(tokens))}\n${"\n".repeat(Math.max(0, newlines(token.raw) - 1))}`;
    }
    case "code": {
      const { text } = token as Tokens.Code;
      const lines = text.split("\n").map((line) => `    ${chalk.cyan(line)}`);
      return `${lines.join("\n")}\n`;
    }
    case "blockquote": {
      const inside = blocks((token as Tokens.Blockquote).tokens).trimEnd();
      return `${prefixed(inside, chalk.dim("│ "), chalk.dim("│ "))}\n`;
    }
    case "list":
      return list(token as Tokens.List);
    case "checkbox":
      return (token as Tokens.Checkbox).checked ? "☑ " : "☐ ";
    case "hr":
      return `${chalk.dim("─".repeat(24))}\n`;
    case "table": {
      const { header, rows } = token as Tokens.Table;
      const cells = (row: readonly Tokens.TableCell[]): string[] => row.map(({ tokens }) => inlines(tokens));
      return `${table(cells(header), rows.map(cells))}\n`;
    }
    case "paragraph":
      return `${inlines((token as Tokens.Paragraph).tokens)}\n`;
    case "text": {
      const { tokens, text } = token as Tokens.Text;
      return `${tokens ? inlines(tokens) : text}\n`;
    }
    default:
      return token.raw; // HTML and definitions of links: as they were written
  }
}

function list({ items, ordered, start }: Tokens.List): string {
  const first = typeof start === "number" ? start : 1;
  return items
    .map(({ tokens }, index) => {
      const bullet = `${ordered ? `${first + index}.` : "•"} `;
      return `${prefixed(blocks(tokens).trimEnd(), `  ${chalk.dim(bullet)}`, " ".repeat(2 + bullet.length))}\n`;
    })
    .join("");
}

const inlines = (tokens: readonly Token[]): string => tokens.map(inline).join("");

function inline(token: Token): string {
  const inside = (): string => inlines(("tokens" in token ? token.tokens : undefined) ?? []);
  switch (token.type) {
    case "strong":
      return chalk.bold(inside());
    case "em":
      return chalk.italic(inside());
    case "del":
      return chalk.strikethrough(inside());
    case "codespan":
      return chalk.cyan((token as Tokens.Codespan).text);
    case "link": {
      const { href } = token as Tokens.Link;
      const text = inside();
      return text === href || `mailto:${text}` === href ? text : `${text} ${chalk.dim(`(${href})`)}`;
    }
    case "image":
      return `${(token as Tokens.Image).text} ${chalk.dim(`(${(token as Tokens.Image).href})`)}`;
    case "br":
      return "\n";
    case "escape":
    case "text":
      return "tokens" in token && token.tokens ? inside() : (token as Tokens.Text).text;
    default:
      return token.raw;
  }
}

const newlines = (text: string): number => text.split("\n").length - 1;

const prefixed = (text: string, first: string, rest: string): string =>
  text
    .split("\n")
    .map((line, index) => (index === 0 ? first : rest) + line)
    .join("\n");
