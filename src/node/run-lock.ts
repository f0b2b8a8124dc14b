import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ParrotletError } from "../base/index.ts";
import { explained } from "./file-storage.ts";

/** Who holds a lock. A process id alone may be another's by now. */
interface Holder {
  readonly pid: number;
  /** When the process began, where the system tells. */
  readonly began: string;
  readonly token: string;
}

/** Folders that this process has locked. */
const own = new Set<string>();

/** After taking a lock over, see that nobody else did in the same moment. */
const SETTLE_MS = 20;

/**
 * Makes this process the only one that works in a folder. The lock of a process that is gone does not count.
 *
 * @returns what gives the lock back.
 * @throws {ParrotletError} `run-busy`, with the other process.
 */
export async function lockFolder(
  folder: string,
  name: string,
  doing = "training",
): Promise<() => Promise<void>> {
  const file = join(folder, "lock");
  if (own.has(file)) throw busy(`${doing} ${name}`, process.pid);
  own.add(file);
  try {
    const holder: Holder = {
      pid: process.pid,
      began: await beginning(process.pid),
      token: randomBytes(8).toString("hex"),
    };
    for (let attempt = 0; !(await put(file, holder)); attempt++) {
      const other = await holderOf(file);
      if (other && (await isAlive(other))) throw busy(`${doing} ${name}`, other.pid);
      if (attempt > 10) throw busy(`${doing} ${name}`, other?.pid ?? 0);
      await discard(file, other);
    }
    return async () => {
      own.delete(file);
      if ((await holderOf(file))?.token === holder.token) await rm(file, { force: true });
    };
  } catch (error) {
    own.delete(file);
    throw error;
  }
}

/** Puts the lock there with its text, both at once, if there is none. */
async function put(file: string, holder: Holder): Promise<boolean> {
  const draft = `${file}.${holder.token}.tmp`;
  try {
    await explained(draft, writeFile(draft, JSON.stringify(holder)));
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await sleep(SETTLE_MS);
  return (await holderOf(file))?.token === holder.token;
}

/** Takes away the lock of `dead`, and puts it back where it has become another's in the meantime. */
async function discard(file: string, dead: Holder | undefined): Promise<void> {
  const aside = `${file}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    await rename(file, aside);
    const taken = await holderOf(aside);
    if (taken && taken.token !== dead?.token) await link(aside, file).catch(() => {});
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    const { pid, began, token } = JSON.parse(await readFile(file, "utf8")) as Partial<Holder>;
    return typeof pid === "number" && typeof token === "string"
      ? { pid, began: began ?? "", token }
      : undefined;
  } catch {
    return undefined;
  }
}

async function isAlive({ pid, began }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return began === (await beginning(pid));
}

/** When a process began, in ticks since the system did; empty where there is no /proc. */
async function beginning(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

const busy = (work: string, pid: number): ParrotletError =>
  new ParrotletError("run-busy", `Process ${pid} is ${work} already. Wait for it, or stop it first.`);
