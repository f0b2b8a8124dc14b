import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bytesAsSource } from "../../base/index.ts";
import { readAll } from "./read-all.ts";

/** Public data sets beside the repository, where somebody has put them. */
const DATA =
  process.env["PARROTLET_TEST_DATA"] ?? fileURLToPath(new URL("../../../../shared/data/", import.meta.url));

async function read(folder: string, wanted: RegExp) {
  const names = readdirSync(`${DATA}/${folder}`)
    .filter((name) => wanted.test(name))
    .sort();
  const files = names.map((name) =>
    bytesAsSource(new Uint8Array(readFileSync(`${DATA}/${folder}/${name}`)), name),
  );
  const all = await readAll(files);
  let [conversations, messages, texts, characters] = [0, 0, 0, 0];
  for await (const item of all.items()) {
    if (item.kind === "conversation") {
      conversations++;
      messages += item.messages.length;
      const roles = item.messages.map(({ role }) => role);
      expect(roles.every((role, i) => role !== roles[i - 1])).toBe(true);
    } else {
      if (!item.continues) texts++;
      characters += item.text.length;
    }
  }
  const problems = all.readings.reduce((sum, { problemCount }) => sum + problemCount, all.unused.length);
  return { about: all.readings[0]?.about, conversations, messages, texts, characters, problems };
}

describe.skipIf(!existsSync(`${DATA}/tinyshakespeare`))("public data sets are read", () => {
  it.each([
    ["tinyshakespeare", /^input\.txt$/, { about: "text", texts: 1, characters: 1_115_394, problems: 0 }],
    ["topical-chat", /json$/, { about: "JSON of conversations", conversations: 539, problems: 0 }],
    ["synthetic-persona-chat", /csv$/, { about: "CSV of transcripts", conversations: 999, problems: 1 }],
    [
      "chatterbot-corpus",
      /yml$/,
      { about: "YAML of conversations", conversations: 2025, texts: 0, problems: 1 },
    ],
    [
      "pratham-storyweaver/cc-by",
      /md$/,
      { about: "Markdown", texts: 393 } /* and a play, as conversations */,
    ],
    ["uscis-civics", /json$/, { about: "JSON of questions and answers", conversations: 285, problems: 0 }],
    [
      "official-joke-api",
      /json$/,
      { about: "JSON of questions and answers", conversations: 451, problems: 0 },
    ],
    [
      "ms-personality-chat",
      /^Queries.*tsv$/,
      { about: "TSV of questions and answers", conversations: 495, problems: 0 },
    ],
  ])("%s", async (folder, wanted, expected) => {
    expect(await read(folder, wanted)).toMatchObject(expected);
  });
});
