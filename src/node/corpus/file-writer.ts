import { randomBytes } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { explained } from "../file-storage.ts";

/** UTF-16 units that are written at once. */
const PORTION = 1 << 20;

/** Writes a long text file piece by piece. It appears under its name when it is whole. */
export class FileWriter {
  readonly path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  #waiting = "";
  #bytes = 0;

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** @throws {ParrotletError} `no-permission`, `not-a-folder`, `disk-full`. */
  static async open(path: string): Promise<FileWriter> {
    await explained(path, mkdir(dirname(path), { recursive: true }));
    const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
    return new FileWriter(path, temporary, await explained(path, open(temporary, "wx")));
  }

  /** Of all that was written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Waits only now and then: what is short is gathered. */
  write(text: string): Promise<void> | undefined {
    this.#waiting += text;
    return this.#waiting.length < PORTION ? undefined : this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    await explained(this.path, this.#file.sync());
    await this.#file.close();
    await explained(this.path, rename(this.#temporary, this.path));
  }

  /** Leaves nothing of it. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {});
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = "";
    this.#bytes += bytes.length;
    await explained(this.path, this.#file.writeFile(bytes));
  }
}
