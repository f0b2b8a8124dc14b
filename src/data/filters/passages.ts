/** A stretch of a text, in UTF-16 units. */
interface Passage {
  readonly from: number;
  readonly to: number;
}

/**
 * A text's paragraphs, each with the blank lines after it, so that all of them together are the text. A paragraph of
 * more than `most` UTF-16 units, as in a file of single sentences, comes line by line.
 */
export function* passagesOf(text: string, most: number): Generator<Passage, void> {
  let from = 0;
  for (const blank of text.matchAll(/\n[ \t\r]*\n\s*/g)) {
    const to = blank.index + blank[0].length;
    yield* upTo(text, { from, to }, most);
    from = to;
  }
  if (from < text.length) yield* upTo(text, { from, to: text.length }, most);
}

function* upTo(text: string, paragraph: Passage, most: number): Generator<Passage, void> {
  if (paragraph.to - paragraph.from <= most) return yield paragraph;
  for (let from = paragraph.from; from < paragraph.to; ) {
    const end = text.indexOf("\n", from);
    const to = end < 0 || end >= paragraph.to ? paragraph.to : end + 1;
    yield { from, to };
    from = to;
  }
}
