/** Bytes of a text in UTF-8, without encoding it; half a surrogate pair counts as U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // Two surrogates of a pair are four bytes, two each.
    const paired = unit >= 0xd800 && unit < 0xe000 && (isPair(text, i) || isPair(text, i - 1));
    bytes += unit < 0x800 || paired ? 1 : 2;
  }
  return bytes;
}

const isPair = (text: string, at: number): boolean =>
  (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
