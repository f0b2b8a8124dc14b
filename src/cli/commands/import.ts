import { importFolder } from "../../node/index.ts";
import { specialSetOf } from "../../text/index.ts";
import { LongWork } from "../long-work.ts";
import { type CommonOptions, openWorkspace } from "../options.ts";
import { count, counted, EXIT, parrotletCommand, percent, print, printJson } from "../terminal.ts";

interface ImportCommandOptions extends CommonOptions {
  readonly name?: string;
}

/** `parrotlet import FOLDER` */
export async function importModel(
  folder: string | undefined,
  { name: wanted, ...options }: ImportCommandOptions,
): Promise<number> {
  const workspace = openWorkspace(options);
  const work = new LongWork({ ...options, stopped: "Nothing was brought in." });
  const imported = await work.watch(() =>
    importFolder(workspace, folder ?? ".", {
      name: wanted,
      signal: work.signal,
      onProgress: (done, all) => work.progress("import", () => `weights ${percent(done / all)}`),
    }),
  );
  if (typeof imported === "number") return imported;
  const { name, config, tokenizer, parameters, dtypes, spare, chatTemplate } = imported;
  const path = workspace.storage.describe(`models/${name}`);
  if (options.json) {
    const { size, kind } = tokenizer;
    printJson({
      name,
      folder: path,
      parameters,
      dtypes,
      model: config,
      tokenizer: { kind, size },
      spare,
      chatTemplate,
    });
    return EXIT.ok;
  }
  const { preset, width, layers, heads, contextWindow } = config;
  print(`${name}: ${count(parameters)} parameters, ${dtypes.join(" and ")}, in ${path}`);
  print(
    `  ${preset}, width ${width}, ${counted(layers, "layer")}, ${counted(heads, "head")}, context ${contextWindow}, ${counted(tokenizer.size, "token")}`,
  );
  if (spare > 0)
    print(`  ${counted(spare, "row")} of its token table stood for no token, and were left out.`);
  if (chatTemplate && specialSetOf(tokenizer.special) === "text") {
    print(
      "  Its chat template is kept for other programs. Here it goes on with texts: the template's tokens are not ours.",
    );
  }
  const program = parrotletCommand();
  const isText = specialSetOf(tokenizer.special) === "text";
  print(
    isText
      ? `Let it write: ${program} generate ${name} --prompt "Once upon a time"`
      : `Talk to it:   ${program} chat ${name}`,
  );
  print(`Train it on:  ${program} train my-text.txt --from ${name}`);
  return EXIT.ok;
}
