import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createFamilyFriendlyFilter } from "./family-friendly-filter.ts";
import { reasons, talk, textItem } from "./filter.contract.ts";
import { createFilters } from "./filters.ts";
import { createLanguageDetector, createLanguageFilter } from "./language-filter.ts";
import { createPlaceholdersFilter } from "./placeholders-filter.ts";

const data = new URL("../../../../shared/data/", import.meta.url);
const file = (name: string): string => readFileSync(new URL(name, data), "utf8").replaceAll("\r", "");

/** Words that are innocent in old stories or in other company, so that the filter asks for more than them. */
const INNOCENT = new Set(
  (
    "ass bareback barenaked bastinado beaver birdlock bondage boner butt cock cocks coon coons cornhole darkie dick " +
    "dingleberry dingleberries domination dommes ejaculation escort eunuch faggot fecal fingering goodpoop grope hardcore " +
    "honkey humping intercourse kinky knobbing lolita mong negro nipple nipples nude nutten orgy panties panty playboy " +
    "poof poon pussy quim sadism santorum scat sex shrimping skeet smut snatch snowballing spunk suck sucks swastika " +
    "swinger throating tit titty topless twink twinkie undressing xx xxx"
  ).split(" "),
);

const absent = !existsSync(data);
const books = (): string[] =>
  readdirSync(new URL("gutenberg-children/", data))
    .filter((name) => /^[a-z_\d]+\.txt$/.test(name))
    .map((name) => file(`gutenberg-children/${name}`));

describe.skipIf(absent)("the family-friendly filter on real text (skipped where it is not at hand)", () => {
  const drops = (text: string): boolean => reasons(createFamilyFriendlyFilter(), textItem(text)).length > 0;

  it("finds nine of ten words of another's list that are not innocent elsewhere", () => {
    const words = file("ldnoobw/en")
      .trim()
      .split("\n")
      .filter((word) => /^[\w]+$/.test(word) && !INNOCENT.has(word));
    expect(words.length).toBeGreaterThan(150);
    expect(words.filter(drops).length).toBeGreaterThan(0.9 * words.length);
  });

  it("drops no more than a handful of paragraphs of 27 old books", () => {
    const paragraphs = books().flatMap((book) => book.split(/\n\s*\n/));
    expect(paragraphs.length).toBeGreaterThan(30_000);
    expect(paragraphs.filter(drops).length).toBeLessThan(6);
  });
});

describe.skipIf(absent)("filters on real text (skipped where it is not at hand)", () => {
  it("tell the language of English chat lines of 40 characters and more", async () => {
    const lines = file("common-voice-en-sentences/sentence-collector.txt")
      .split("\n")
      .filter((line, i) => i % 20 === 0 && line.length >= 40);
    const filter = createLanguageFilter("en", await createLanguageDetector());
    const dropped = lines.filter((line) => reasons(filter, textItem(line)).length > 0);
    expect(lines.length).toBeGreaterThan(1000);
    expect(dropped.length).toBeLessThan(0.002 * lines.length);
  });

  it("find most placeholders of generated chats", () => {
    const lines = file("synthetic-persona-chat/Synthetic-Persona-Chat_valid.csv").split("\n");
    const open = lines.filter((line) => /\[(?:user|name|your name)[^\]]*\]/i.test(line));
    const found = lines.filter((line) => reasons(createPlaceholdersFilter(), talk(line)).length > 0);
    expect(open.length).toBeGreaterThan(300);
    expect(found.length).toBeGreaterThanOrEqual(open.length);
    expect(found.length).toBeLessThan(1.1 * open.length);
  });

  it("cut the licence of each book, and no more of it", async () => {
    for (const book of books()) {
      const filters = await createFilters({ boilerplate: true });
      const left = filters.apply(textItem(book));
      const text = left?.kind === "text" ? left.text : "";
      expect(text).not.toMatch(/Project Gutenberg Literary Archive Foundation/i);
      // The licence has 18,500 characters, the header up to 2,000 (with the credits).
      expect(book.length - text.length).toBeGreaterThan(15_000);
      expect(book.length - text.length).toBeLessThan(23_000);
    }
  });
});
