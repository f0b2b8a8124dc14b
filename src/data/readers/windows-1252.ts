/** What windows-1252 has in the places 0x80 to 0x9F. @see https://encoding.spec.whatwg.org/index-windows-1252.txt */
const UPPER = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** Text from a decoder of windows-1252. Node before 24 decodes it as ISO-8859-1, which has control characters there. */
export const mended1252 = (text: string): string =>
  text.replace(/[^\P{Cc}\0-\x7f]/gu, (each) => UPPER[each.charCodeAt(0) - 0x80] ?? each);
