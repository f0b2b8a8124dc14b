import { readFile } from "node:fs/promises";
import { closest, ParrotletError } from "../../base/index.ts";
import type { CommonOptions } from "../options.ts";
import { EXIT, print, printJson } from "../terminal.ts";

/** `parrotlet explain CODE`: what `docs/errors.md` says of an error. */
export async function explain(code: string, options: CommonOptions): Promise<number> {
  const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const sections = new Map(
    [...page.matchAll(/^## `([a-z-]+)`\n\n([\s\S]*?)(?=\n## |$(?![\s\S]))/gm)].map(
      ([, name = "", text = ""]) => [name, text.trim()],
    ),
  );
  const text = sections.get(code);
  if (text === undefined) {
    const meant = closest(code, sections.keys());
    const hint = meant ? `Did you mean ${meant}?` : `There are ${[...sections.keys()].join(", ")}.`;
    throw new ParrotletError("unknown-code", `No error has the code ${JSON.stringify(code)}. ${hint}`);
  }
  if (options.json) printJson({ code, text });
  else print(text);
  return EXIT.ok;
}
