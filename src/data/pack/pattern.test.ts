import { describe, expect, it } from "vitest";
import { Rng } from "../../base/index.ts";
import { readPattern, type Surroundings } from "./pattern.ts";
import type { Bound, Row } from "./row.ts";

const row = (name: string, values: Record<string, string | number | string[]> = {}): Row => ({
  name,
  values: new Map(Object.entries(values)),
});

const surroundings: Surroundings = {
  records: new Map([["me", row("Pip", { kind: "owl", article: "none" })]]),
  phrase: (name) =>
    name === "hello" ? [read("[Hi|Hello]")] : name === "far places" ? [read("Oz")] : undefined,
};
function read(source: string): ReturnType<typeof readPattern> {
  return readPattern(source, surroundings);
}

const write = (source: string, bound: Record<string, Bound> = {}): string =>
  read(source).write(new Map(Object.entries(bound)), new Rng(1));

const owl = row("owl", { color: "brown", legs: 2, can: ["fly", "see"] });
const mouse = row("mouse", { plural: "mice" });
const milk = row("milk", { article: "none" });
const sun = row("sun", { article: "the" });
const zoe = row("Zoe", { article: "none", pronoun: "she" });

describe("a pattern", () => {
  it("fills slots with articles, plurals, numbers and pronouns", () => {
    expect(write("{a x} is {x.color}.", { x: owl })).toBe("An owl is brown.");
    expect(write("{a x}, {the x}, {s x}", { x: milk })).toBe("Milk, milk, milk");
    expect(write("{a x} and {the x}", { x: sun })).toBe("The sun and the sun");
    expect(write("{s x} and {s y}", { x: mouse, y: owl })).toBe("Mice and owls");
    expect(write("{count n x}, {count m x}", { n: 1, m: 3, x: mouse })).toBe("One mouse, three mice");
    expect(write("{x} has {x.legs} legs", { x: owl })).toBe("Owl has two legs");
    expect(write("{x.They} took {x.their} hat; it is {x.theirs}.", { x: zoe })).toBe(
      "She took her hat; it is hers.",
    );
    expect(write("{me.name} is {a me.kind}. {The x}!", { x: owl })).toBe("Pip is an owl. The owl!");
  });

  it("gives all its versions", () => {
    expect(read("[a|b|] {x.can}").versions(new Map([["x", owl]]))).toEqual([
      "a fly",
      "a see",
      "b fly",
      "b see",
      " fly",
      " see",
    ]);
    expect(read("{hello} [x|[y|z]]").versions(new Map())).toEqual([
      "Hi x",
      "Hi y",
      "Hi z",
      "Hello x",
      "Hello y",
      "Hello z",
    ]);
  });

  it("writes each version now and then, and no other", () => {
    const pattern = read("[big|small|] {x.can} {far places}");
    const binding = new Map<string, Bound>([["x", owl]]);
    const rng = new Rng(3);
    const written = new Set(Array.from({ length: 300 }, () => pattern.raw(binding, rng)));
    expect([...written].sort()).toEqual([...pattern.versions(binding)].sort());
  });

  it("says what it needs", () => {
    const { names, attributes } = read("{a x.color} {y} {me.name} {z.They}");
    expect([...names]).toEqual(["x", "y", "me", "z"]);
    expect([...attributes]).toEqual(["x.color", "me.name", "z.they"]);
  });

  it("refuses what is not closed or unknown, and never grows without end", () => {
    expect(() => read("[a|b")).toThrow(/never closed: add a \]/);
    expect(() => read("{x")).toThrow(/never closed: add a }/);
    expect(() => read("a]")).toThrow(/closes nothing/);
    expect(() => read("{an big x}")).toThrow(/none of a, the, s and count/);
    expect(() => read("{x.y.z}")).toThrow(/is no name/);
    expect(() => read("[".repeat(50))).toThrow(/deep/);
    expect(() => write("{x.color}", { x: mouse })).toThrow(/"mouse" has no "color"/);
    expect(read("[a|b]".repeat(40)).versions(new Map()).length).toBeLessThanOrEqual(1000);
  });
});
