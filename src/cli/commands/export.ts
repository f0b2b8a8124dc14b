import type { ExportTarget, ExportType } from "../../export/index.ts";
import { type ExportedModel, exportModel as exportFound, findModel, openDevice } from "../../node/index.ts";
import { LongWork } from "../long-work.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { bytes, EXIT, print, printJson } from "../terminal.ts";

interface ExportCommandOptions extends CommonOptions {
  readonly to?: ExportTarget;
  readonly type?: ExportType;
  readonly out?: string;
  readonly force?: boolean;
}

/** `parrotlet export [MODEL]` */
export async function exportModel(
  reference: string | undefined,
  options: ExportCommandOptions,
): Promise<number> {
  const found = await findModel(openWorkspace(options), reference);
  const { to = "hf", type, force } = options;
  const out = options.out ?? `${found.label.replace(/@.*/, "")}-${to}`;
  const work = new LongWork({ ...options, stopped: "Nothing was written." });
  const device = await openDevice(options.device, options);
  try {
    const exported = await work.watch(() =>
      exportFound({ found, to, type, out, force, device, signal: work.signal }),
    );
    if (typeof exported === "number") return exported;
    if (options.json) printJson({ model: found.label, ...exported });
    else tell(found.label, exported);
    return EXIT.ok;
  } finally {
    device.release();
  }
}

function tell(label: string, { folder, to, type, files, open }: ExportedModel): void {
  const all = files.reduce((sum, file) => sum + file.bytes, 0);
  print(`${label} for ${to}, weights of ${type}: ${bytes(all)} in ${folder}`);
  const width = Math.max(...files.map(({ name }) => name.length));
  for (const file of files) print(`  ${file.name.padEnd(width)}  ${bytes(file.bytes)}`);
  if (open.program === "Parrotlet")
    print("Only Parrotlet opens it: modern is an architecture of its own. For other programs: --to onnx.");
  print(`${open.program}:`);
  for (const line of open.lines) print(`  ${line}`);
}
