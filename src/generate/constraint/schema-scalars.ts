import { shown } from "../../base/index.ts";
import { type Expression, NOTHING } from "./expression.ts";
import { stringMatching, stringOf } from "./json-text.ts";
import { type Bound, integersBetween, numbersBetween } from "./number-range.ts";
import { refused } from "./refused.ts";
import { containingPattern } from "./regex.ts";
import { countOf, type Schema } from "./schema-keywords.ts";
import { STRING_FORMATS, stringFormat } from "./string-formats.ts";

export function stringValue(schema: Schema, where: string): Expression {
  const { pattern, format } = schema as { pattern?: unknown; format?: unknown };
  const [least, most] = [countOf(schema, "minLength", where), countOf(schema, "maxLength", where)];
  const lengths = least !== undefined || most !== undefined;
  if (Number(pattern !== undefined) + Number(format !== undefined) + Number(lengths) > 1)
    throw refused(
      `format.schema: ${where} has several of pattern, format, and minLength or maxLength; one of them is supported. ` +
        "A pattern can say lengths too: ^.{3,8}$.",
    );
  if (pattern !== undefined) return stringMatching(containingPattern(pattern, `${where}/pattern`));
  if (format === undefined) return stringOf(least, most);
  const content = stringFormat(format);
  if (content) return stringMatching(content);
  throw refused(
    `format.schema: ${where}/format is ${shown(format)}; supported are ${STRING_FORMATS.join(", ")}.`,
  );
}

export function integerOf(schema: Schema, where: string): Expression {
  const { least, most } = boundsOf(schema, where);
  // The next whole number after a bound that is excluded.
  const low = !least ? Number.NEGATIVE_INFINITY : least.inclusive ? least.value : Math.floor(least.value) + 1;
  const high = !most ? Number.POSITIVE_INFINITY : most.inclusive ? most.value : Math.ceil(most.value) - 1;
  return integersBetween(low, high);
}

export function numberOf(schema: Schema, where: string): Expression {
  const { least, most } = boundsOf(schema, where);
  for (const bound of [least, most])
    if (bound && !(Number.isInteger(bound.value) && Math.abs(bound.value) < 1e15))
      throw refused(
        `format.schema: ${where} bounds a number by ${bound.value}; only whole numbers below 1e15 are supported.`,
      );
  if (least && most && least.value > most.value) return NOTHING;
  return numbersBetween(least, most);
}

/** The tighter of each side's bounds. */
function boundsOf(schema: Schema, where: string): { least: Bound | undefined; most: Bound | undefined } {
  const bound = (keyword: string, inclusive: boolean): Bound | undefined => {
    const value = schema[keyword];
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isFinite(value)) return { value, inclusive };
    throw refused(`format.schema: ${where}/${keyword} is ${shown(value)}; it must be a number.`);
  };
  const tighter = (a: Bound | undefined, b: Bound | undefined, sign: 1 | -1): Bound | undefined => {
    if (!a || !b) return a ?? b;
    // Of two equal bounds the one that excludes is the tighter; `b` does.
    return sign * a.value > sign * b.value ? a : b;
  };
  return {
    least: tighter(bound("minimum", true), bound("exclusiveMinimum", false), 1),
    most: tighter(bound("maximum", true), bound("exclusiveMaximum", false), -1),
  };
}
