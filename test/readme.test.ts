import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
const readme = readFileSync(path("README.md"), "utf8");

describe("the README", () => {
  it("shows the tree of src/ as it is, in the order of the layers", async () => {
    const tree = [...readme.matchAll(/^ {2}([a-z]+)\/ {2,}\S/gm)].map((match) => match[1]);
    const folders = readdirSync(path("src"));
    expect([...tree].sort()).toEqual(folders.sort());
    const config: string = "../.dependency-cruiser.mjs";
    const { layers } = (await import(config)) as { layers: readonly string[] };
    expect(tree).toEqual(layers.filter((layer) => folders.includes(layer)));
  });

  it("links to files that are there", () => {
    for (const [, link = ""] of readme.matchAll(/\]\(([^):]+)\)/g))
      expect(existsSync(path(link)), link).toBe(true);
  });

  it("names every command", () => {
    for (const command of readdirSync(path("src/cli/commands")).filter((name) => !name.includes(".test."))) {
      expect(readme).toContain(`parrotlet ${command.replace(".ts", "")}`);
    }
  });
});
