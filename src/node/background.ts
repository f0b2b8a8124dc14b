import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { basename } from "node:path";

/** As `nice` has it: about a tenth of the processor's time where another thread wants all. */
const BEHIND = 10;

/**
 * Lets other threads have the processors first, from now on: this thread, and those that it starts. Where they are free it loses
 * nothing. Only Linux has priorities of threads; elsewhere this does nothing.
 *
 * @returns Whether it did.
 */
export function stepBack(): boolean {
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), BEHIND);
    return true;
  } catch {
    return false;
  }
}
