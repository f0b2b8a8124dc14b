import { refused } from "../api-error.ts";

/** How many a client wants. @throws {ApiError} 400. */
export const limitIn = (query: URLSearchParams, usual: number, most: number): number =>
  wholeIn(query, "limit", 1, most) ?? usual;

/** A whole number of the query; undefined where it is not there. */
export function wholeIn(
  query: URLSearchParams,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const given = query.get(name);
  if (given === null) return undefined;
  return checkedWhole(given, name, least, most);
}

export function checkedWhole(given: string, name: string, least: number, most: number): number {
  const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw refused(`${name} must be a whole number from ${least} to ${most}.`, name);
}
