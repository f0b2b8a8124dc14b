import { ParrotletError } from "../../base/index.ts";

/** What says that a format cannot be used, and why. */
export const refused = (problem: string): ParrotletError => new ParrotletError("generation-config", problem);
