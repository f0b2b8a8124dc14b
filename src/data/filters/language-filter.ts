import { ParrotletError, shown } from "../../base/index.ts";
import { type Filter, itemFilter } from "./filter.ts";

/**
 * From so many letters on one can tell a language. Of English chat lines of 40 characters and more 99.9% are known for
 * English; of those of 20 to 30, 98.8%, and "ok" is a word of many languages.
 */
const LEAST_LETTERS = 40;

/** Read of a text, from its middle on: it may begin with a title or a licence in another language. UTF-16 units. */
const READ = 1000;

/** Tells the language of a text. */
export interface LanguageDetector {
  /** ISO 639-1 codes that it knows. */
  readonly known: readonly string[];
  /** ISO 639-1; nothing where the text is too short or it cannot tell. */
  detect(text: string): string | undefined;
}

/** By letters that stand together; its table of 1 MB is loaded when this is called. */
export async function createLanguageDetector(): Promise<LanguageDetector> {
  const { eld } = await import("eld/extrasmall");
  return {
    known: Object.values(eld.info().Languages),
    detect(text) {
      const from = Math.max(0, Math.floor((text.length - READ) / 2));
      const read = text.slice(from, from + READ);
      const letters = read.match(/\p{L}/gu)?.length ?? 0;
      // A letter of a script without spaces is worth about three.
      const dense = read.match(/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}]/gu)?.length ?? 0;
      if (letters + 2 * dense < LEAST_LETTERS) return undefined;
      return eld.detect(read).language || undefined;
    },
  };
}

/** ISO 639-3 (and 639-2/B) codes of languages that a detector may know. */
const TWO_LETTERS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    "amh am ara ar aze az bel be bul bg ben bn cat ca ces cs cze cs dan da deu de ger de ell el gre el eng en spa es " +
    "est et eus eu baq eu fas fa per fa fin fi fra fr fre fr guj gu heb he hin hi hrv hr hun hu hye hy arm hy isl is " +
    "ice is ita it jpn ja kat ka geo ka kan kn kor ko kur ku lao lo lit lt lav lv mal ml mar mr msa ms may ms nld nl " +
    "dut nl nor no nob no ori or pan pa pol pl por pt ron ro rum ro rus ru slk sk slo sk slv sl sqi sq alb sq srp sr " +
    "swe sv tam ta tel te tha th tgl tl tur tr ukr uk urd ur vie vi yor yo zho zh cmn zh chi zh"
  )
    .match(/\w+ \w+/g)
    ?.map((pair) => pair.split(" ")) ?? [],
);

/** Keeps items in one language, and those too short to tell (fewer than 40 letters). */
export function createLanguageFilter(language: string, detector: LanguageDetector): Filter {
  const code = language.toLowerCase();
  const wanted = TWO_LETTERS[code] ?? code;
  if (!detector.known.includes(wanted)) {
    throw new ParrotletError(
      "filter-language",
      `The language ${shown(language)} is not one that can be told. Take one of ${[...detector.known].sort().join(", ")}.`,
    );
  }
  return itemFilter("language", (text) => {
    const found = detector.detect(text);
    return found === undefined || found === wanted ? undefined : { why: `looks like "${found}"` };
  });
}
