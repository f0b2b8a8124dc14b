import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ParrotletError } from "../base/index.ts";

/**
 * Makes this process the only one that trains a run. The lock of a process that is gone does not count.
 *
 * @returns what gives the lock back.
 * @throws {ParrotletError} `run-busy`, with the other process.
 */
export async function lockRun(root: string, run: string): Promise<() => Promise<void>> {
  const folder = join(root, "runs", run);
  const file = join(folder, "lock");
  await mkdir(folder, { recursive: true });
  for (let attempt = 0; ; attempt++) {
    try {
      await writeFile(file, String(process.pid), { flag: "wx" });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 0) throw error;
    }
    const holder = Number(await readFile(file, "utf8").catch(() => ""));
    if (holder > 0 && holder !== process.pid && isAlive(holder)) {
      const message = `Process ${holder} is training ${run} already. Wait for it, or stop it first.`;
      throw new ParrotletError("run-busy", message);
    }
    await rm(file, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
