/**
 * What GPT-2's two files, `vocab.json` and `merges.txt`, say, as one `tokenizer.json`. `tokenizerFromJson` checks it.
 *
 * @param merges A pair of tokens a line, the most important first, after a line with a version.
 */
export function gpt2TokenizerJson(vocab: unknown, merges: string): Record<string, unknown> {
  const end = "<|endoftext|>";
  const id =
    typeof vocab === "object" && vocab !== null ? (vocab as Record<string, unknown>)[end] : undefined;
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const lines = merges
    .split(/\r?\n/)
    .filter((line, index) => line !== "" && !(index === 0 && line.startsWith("#version")));
  return {
    added_tokens: id === undefined ? [] : [{ id, content: end, special: true }],
    normalizer: null,
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    model: { type: "BPE", vocab, merges: lines },
  };
}
