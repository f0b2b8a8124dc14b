/** What the random numbers of a seed are used for here; each use has a stream of its own. */
export const SPLIT = 0x5001;
export const WINDOW_ORDER = 0x5002;
export const WINDOW_OFFSET = 0x5003;
export const WINDOW_START = 0x5004;
export const ROW_ORDER = 0x5005;
/** Plus 65536 times the length of the pieces. */
export const PIECE_ORDER = 0x5006;
