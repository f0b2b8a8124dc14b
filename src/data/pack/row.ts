/** What an attribute of a row can be. */
export type Value = string | number | readonly string[];

/** One thing of a pack's world, with what is known of it. */
export interface Row {
  readonly name: string;
  readonly values: ReadonlyMap<string, Value>;
}

/** What a variable of a pattern stands for. */
export type Bound = Row | string | number;

/** The variables of a block, with what they stand for. */
export type Binding = ReadonlyMap<string, Bound>;

export const isRow = (bound: Bound | Value): bound is Row => typeof bound === "object" && "values" in bound;

/** What a variable is called, as text. */
export const nameOf = (bound: Bound): string => (isRow(bound) ? bound.name : String(bound));

const PRONOUNS = {
  she: { they: "she", them: "her", their: "her", theirs: "hers" },
  he: { they: "he", them: "him", their: "his", theirs: "his" },
  it: { they: "it", them: "it", their: "its", theirs: "its" },
  they: { they: "they", them: "them", their: "their", theirs: "theirs" },
} as const;

const isForm = (name: string): name is "they" | "them" | "their" | "theirs" => /^the(y|m|irs?)$/.test(name);

/** An attribute of a row: its own, its name, or a form of its pronoun. */
export function attributeOf(row: Row, attribute: string): Value | undefined {
  if (attribute === "name") return row.name;
  const own = row.values.get(attribute);
  if (own !== undefined || !isForm(attribute)) return own;
  const pronoun = row.values.get("pronoun");
  return PRONOUNS[pronoun === "she" || pronoun === "he" || pronoun === "they" ? pronoun : "it"][attribute];
}

/** An attribute of what a variable stands for; words and numbers have none. */
export const valueIn = (bound: Bound | undefined, attribute: string): Value | undefined =>
  bound !== undefined && isRow(bound) ? attributeOf(bound, attribute) : undefined;

/** Whether there is something to be said of an attribute: of an empty list there is not. */
export function has(row: Row, attribute: string): boolean {
  const value = attributeOf(row, attribute);
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** The names of all that variables stand for. */
export const namesIn = (binding: Binding): readonly string[] => [...binding.values()].map(nameOf);
