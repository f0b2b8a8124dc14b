export { type ByteSource, bytesAsSource, piecesOf } from "./byte-source.ts";
export { closest, editDistance } from "./edit-distance.ts";
export { InternalError, invariant, ParrotletError, present } from "./errors.ts";
export { isName, NAME_RULE, nameKey } from "./names.ts";
export { Rng, threefry } from "./rng.ts";
export { decodeText, encodeText, MemoryStorage, type Storage, type StorageEntry } from "./storage.ts";
export { divisors, largest, lastPart, shortened, shown } from "./values.ts";
