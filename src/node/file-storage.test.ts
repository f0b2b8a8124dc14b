import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeText } from "../base/index.ts";
import { describeStorage } from "../base/storage.contract.ts";
import { FileStorage } from "./file-storage.ts";

const temporary = (): string => mkdtempSync(join(tmpdir(), "parrotlet-"));

describeStorage("FileStorage", async () => new FileStorage(temporary()));

describe("FileStorage", () => {
  it("leaves nothing behind when a write fails", async () => {
    const root = temporary();
    const storage = new FileStorage(root);
    await mkdir(join(root, "taken"));
    await expect(storage.write("taken", encodeText("x"))).rejects.toMatchObject({ code: "not-a-file" });
    expect(readdirSync(root)).toEqual(["taken"]);
  });

  it("explains what is in the way", async () => {
    const root = temporary();
    writeFileSync(join(root, "file"), "");
    await expect(new FileStorage(root).write("file/below", encodeText(""))).rejects.toMatchObject({
      code: "not-a-folder",
      message: expect.stringContaining("file"),
    });
  });

  it.runIf(process.platform === "linux")("says that one may not write", async () => {
    await expect(new FileStorage("/sys").write("x", encodeText(""))).rejects.toMatchObject({
      code: "no-permission",
    });
  });

  it.runIf(process.platform === "linux")("says that the disk is full", async () => {
    await expect(new FileStorage("/dev").append("full", encodeText("x"))).rejects.toMatchObject({
      code: "disk-full",
    });
  });

  it("does not lead out of its folder", async () => {
    await expect(new FileStorage(temporary()).read("../other")).rejects.toThrow("leads out");
  });
});
