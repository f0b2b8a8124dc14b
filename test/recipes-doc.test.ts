import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { withTrainingOptions } from "../src/cli/training-flags.ts";
import { schema } from "../src/train/parse-recipe.ts";

const doc = readFileSync(fileURLToPath(new URL("../docs/recipes.md", import.meta.url)), "utf8");

interface Schema {
  readonly wrapped?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly Schema[];
  readonly default?: unknown;
  readonly type?: string;
}

interface Field {
  readonly path: string;
  /** As the tables write it. */
  readonly usual: string;
}

/** Every key that holds a value. Bounds and columns are told in one row each. */
function fieldsOf(node: Schema, path = ""): Field[] {
  const inner = node.wrapped ?? node;
  const whole = /\.(columns|length|turns|rates)$/.test(path);
  if (inner.entries && !whole)
    return Object.entries(inner.entries).flatMap(([key, each]) =>
      fieldsOf(each, path === "" ? key : `${path}.${key}`),
    );
  const optional = node.type === "optional";
  const usual = path === "optimizer.rates" ? 1 : node.default;
  return [{ path, usual: usual === undefined ? (optional ? "" : "needed") : `\`${written(usual)}\`` }];
}

const written = (value: unknown): string => (Array.isArray(value) ? `[${value.join(", ")}]` : String(value));

/** `| key | meaning | default | flag |` */
const rows = doc.split("\n").flatMap((line) => {
  const [, key = "", meaning = "", usual = "", flag = ""] = line.split("|").map((cell) => cell.trim());
  const path = /^`([\w.]+)`$/.exec(key)?.[1];
  return path === undefined ? [] : [{ path, meaning, usual, flag }];
});

describe("docs/recipes.md", () => {
  it("has a row for every key of a recipe, with its default, and no other", () => {
    const fields = fieldsOf(schema as unknown as Schema);
    expect(rows.map(({ path }) => path).sort()).toEqual(fields.map(({ path }) => path).sort());
    for (const { path, usual } of fields) {
      const row = rows.find((each) => each.path === path);
      // Where the default is decided by other values, the table says by which.
      if (usual !== "") expect(row?.usual, path).toBe(usual);
      expect(row?.meaning.length, path).toBeGreaterThan(10);
    }
  });

  it("names every flag and variable of a training, and none that is not there", () => {
    const options = withTrainingOptions(new Command()).options.filter(({ hidden }) => !hidden);
    const known = options.flatMap(({ long, envVar }) => [long, envVar ?? ""]).filter((name) => name !== "");
    const named = [...doc.matchAll(/`(--[a-z-]+|PARROTLET_[A-Z_]+)/g)].map(([, name]) => name);
    const elsewhere = [
      "--from",
      "--device",
      "--threads",
      "--workspace",
      "PARROTLET_DEVICE",
      "PARROTLET_THREADS",
      "PARROTLET_HOME",
    ];
    expect(named.filter((name) => ![...known, ...elsewhere].includes(name ?? ""))).toEqual([]);
    for (const { long } of options) expect(named, long).toContain(long);
  });

  it("shows recipes that are recipes", async () => {
    const { parseRecipe } = await import("../src/train/index.ts");
    const blocks = [...doc.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text ?? "");
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) expect(parseRecipe(block, "docs/recipes.md").name).not.toBe("");
  });
});
