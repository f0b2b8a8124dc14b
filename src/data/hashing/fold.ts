/** How a text is folded before it is compared. */
export type Folding = "words" | "signs";

export const SPACE = 32;
/** Scripts that write no spaces: each character stands as a word. */
const ALONE = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const tables = new Map<Folding, Uint16Array>();
let alone: Uint8Array | undefined;

/** What becomes of each UTF-16 unit: a space, or its lower case where that is one unit. */
export function foldTable(folding: Folding): Uint16Array {
  const known = tables.get(folding);
  if (known) return known;
  const drop = folding === "words" ? /[^\p{L}\p{M}\p{N}\p{Cs}]/u : /[\s\p{Cc}]/u;
  const table = Uint16Array.from({ length: 0x10000 }, (_, code) => {
    const character = String.fromCharCode(code);
    if (drop.test(character)) return SPACE;
    const lower = character.toLowerCase();
    return lower.length === 1 ? lower.charCodeAt(0) : code;
  });
  tables.set(folding, table);
  return table;
}

/** 1 for each UTF-16 unit that stands as a word of its own. */
export const aloneTable = (): Uint8Array => {
  alone ??= Uint8Array.from({ length: 0x10000 }, (_, code) => Number(ALONE.test(String.fromCharCode(code))));
  return alone;
};

/**
 * A text as UTF-16 units for comparing: NFC, lower case, one space between words and none around, each character of a
 * script without spaces as a word. `words` keeps letters, marks and digits alone (and what needs two units, as emoji);
 * `signs` keeps all but spaces, so that `3 + 4` is not `3 - 4`.
 */
export function fold(text: string, folding: Folding): Uint16Array {
  const [table, stands] = [foldTable(folding), aloneTable()];
  const normal = text.normalize("NFC");
  let units = new Uint16Array(normal.length + (normal.length >> 1) + 2);
  let [length, space] = [0, false];
  for (let i = 0; i < normal.length; i++) {
    const unit = table[normal.charCodeAt(i)] ?? SPACE;
    if (unit === SPACE) {
      space = true;
      continue;
    }
    const single = unit > 127 && stands[unit] === 1;
    if (length + 2 > units.length) units = grown(units);
    if ((space || single) && length > 0) units[length++] = SPACE;
    units[length++] = unit;
    space = single;
  }
  return units.subarray(0, length);
}

function grown(units: Uint16Array): Uint16Array<ArrayBuffer> {
  const larger = new Uint16Array(2 * units.length);
  larger.set(units);
  return larger;
}
