import chalk from "chalk";
import type { ModelListing } from "../../chat/index.ts";
import { readSettings, surveyModels } from "../../node/index.ts";
import { type CommonOptions, openWorkspace, workspaceRoot } from "../options.ts";
import { ago, count, EXIT, harmless, oneLine, print, printJson, table } from "../terminal.ts";

/** `parrotlet models` */
export async function models(options: CommonOptions & { readonly config?: string }): Promise<number> {
  const folder = workspaceRoot(options);
  const settings = await readSettings({ workspace: folder, file: options.config });
  const found = await surveyModels({ workspace: openWorkspace(options), folder, settings });
  if (options.json) {
    for (const model of found.models) printJson({ type: "model", ...model });
    for (const each of found.unreachable) printJson({ type: "unreachable", ...each });
    return EXIT.ok;
  }
  if (found.models.length === 0) print("There are no models yet. Train one: parrotlet train tinytalks");
  else {
    const now = new Date();
    const headings = ["address", "made for", "window", "parameters", "age"];
    print(
      table(
        headings,
        found.models.map((model) => cells(model, now)),
      ),
    );
  }
  // A server's words are not ours: nothing in them may move the cursor.
  for (const { address, why } of found.unreachable)
    print(chalk.dim(`\n${safe(address)} cannot be opened: ${safe(why)}`));
  return EXIT.ok;
}

function cells(model: ModelListing, now: Date): string[] {
  const { address, about, contextWindow, parameters, createdAt } = model;
  return [
    safe(address),
    safe(about),
    contextWindow === undefined ? "" : count(contextWindow),
    parameters === undefined ? "" : count(parameters),
    createdAt === undefined ? "" : ago(createdAt, now),
  ];
}

const safe = (text: string): string => oneLine(harmless(text));
