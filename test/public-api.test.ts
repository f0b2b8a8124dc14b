import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const file = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const { exports } = JSON.parse(readFileSync(file("package.json"), "utf8")) as {
  exports: Record<string, unknown>;
};
const layers = Object.keys(exports)
  .filter((path) => !path.includes("*") && !path.endsWith(".json"))
  .map((path) => path.slice(2));

describe("the public surface", () => {
  it.each(layers)("of parrotlet/%s is what it was", async (layer) => {
    const names = Object.keys((await import(`../src/${layer}/index.ts`)) as object).sort();
    expect(names).toMatchSnapshot();
  });

  it("holds every layer that is not a program", () => {
    const folders = readdirSync(file("src")).filter((name) => statSync(file(`src/${name}`)).isDirectory());
    expect([...layers].sort()).toEqual(folders.filter((name) => name !== "cli").sort());
  });
});

describe("docs/errors.md", () => {
  const sources = (folder: string): string[] =>
    readdirSync(file(folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sources(path);
      return /\.tsx?$/.test(path) && !/\.(test|contract)\./.test(path)
        ? [readFileSync(file(path), "utf8")]
        : [];
    });

  it("explains every code that the program can show, and no other", () => {
    const thrown = sources("src").flatMap((source) => [
      ...[...source.matchAll(/(?:new ParrotletError|super)\(\s*"([a-z-]+)"/g)].map((match) => match[1] ?? ""),
      ...[...source.matchAll(/^ {2}E[A-Z]+: \["([a-z-]+)"/gm)].map((match) => match[1] ?? ""),
    ]);
    const explained = [...readFileSync(file("docs/errors.md"), "utf8").matchAll(/^## `([a-z-]+)`/gm)].map(
      (match) => match[1],
    );
    expect(explained).toEqual([...new Set(thrown)].sort());
  });
});
