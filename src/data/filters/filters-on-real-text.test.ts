import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createFamilyFriendlyFilter } from "./family-friendly-filter.ts";
import { reasons, textItem } from "./filter.contract.ts";

const data = new URL("../../../../shared/data/", import.meta.url);
const file = (name: string): string => readFileSync(new URL(name, data), "latin1").replaceAll("\r", "");

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

describe.skipIf(!existsSync(data))(
  "the family-friendly filter on real text (skipped where it is not at hand)",
  () => {
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
      const books = readdirSync(new URL("gutenberg-children/", data)).filter((name) =>
        /^[a-z_\d]+\.txt$/.test(name),
      );
      const paragraphs = books.flatMap((name) => file(`gutenberg-children/${name}`).split(/\n\s*\n/));
      expect(paragraphs.length).toBeGreaterThan(30_000);
      expect(paragraphs.filter(drops).length).toBeLessThan(6);
    });
  },
);
