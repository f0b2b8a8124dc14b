/** Names that Windows keeps for devices. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i;

export const NAME_RULE =
  "up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit";

/** Whether a name can be a folder's or a file's on every system. */
export const isName = (name: string): boolean =>
  /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(name) && !name.endsWith(".") && !RESERVED.test(name);

/** What becomes the same folder on a disk that does not tell upper from lower case. */
export const nameKey = (name: string): string => name.normalize("NFC").toLowerCase();
