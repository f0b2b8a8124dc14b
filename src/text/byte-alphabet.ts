/**
 * How byte-level tokenizers write bytes in their files: each as one visible character. Those that Latin-1 shows are themselves,
 * the others follow from U+0100 on. `byteCharacters[byte]` is the character.
 *
 * @see Radford et al. 2019, "Language models are unsupervised multitask learners", and their `bytes_to_unicode`.
 */
export const byteCharacters: readonly string[] = (() => {
  const isVisible = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
})();

const byteOf: ReadonlyMap<string, number> = new Map(
  byteCharacters.map((character, byte) => [character, byte]),
);

/** All bytes in the order of their characters: the order in which Hugging Face's trainer numbers them. */
export const bytesInOrder: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte).sort((a, b) =>
  (byteCharacters[a] ?? "") < (byteCharacters[b] ?? "") ? -1 : 1,
);

/** `Uint8Array` to visible characters. */
export const spell = (bytes: Iterable<number>): string => {
  let text = "";
  for (const byte of bytes) text += byteCharacters[byte] ?? "";
  return text;
};

/** Visible characters to bytes; nothing where one of them stands for no byte. */
export function unspell(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const byte = byteOf.get(text[i] ?? "");
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
