import type { Storage } from "../../base/index.ts";
import { loadConfig, loadTokenizer, loadTrainingRecord } from "../../checkpoint/index.ts";
import { layoutOf, Transformer } from "../../model/index.ts";
import { importedNames, starterNames, starterStorage } from "../../node/index.ts";
import { specialSetOf } from "../../text/index.ts";
import type { Run, Workspace } from "../../workspace/index.ts";
import { ago, count, figure, table } from "../terminal.ts";

/** What kinds of models are for, in a word. */
export const KINDS = { pairs: "questions", text: "text", chat: "conversations" } as const;

/**
 * All models that one can talk to: runs, the newest first, with how good their best checkpoints are, then what was brought in, and
 * then what came with the program, unless a run has its name.
 *
 * @param current The name of the one that is talked to.
 */
export async function listModels(workspace: Workspace, current: string): Promise<string> {
  const rows = await runRows(workspace);
  const taken = rows.map(([name]) => name);
  for (const name of await importedNames(workspace)) {
    if (!taken.includes(name))
      rows.push(await folderRow(workspace.storage, `models/${name}`, name, "brought in"));
  }
  for (const name of await starterNames()) {
    if (!taken.includes(name)) rows.push(await folderRow(starterStorage(), name, name, "a starter"));
  }
  if (rows.length === 0) return "There are no runs yet. Train one: parrotlet train tinytalks";
  const marked = rows.map((row) => [row[0] === current ? "*" : "", ...row]);
  return table(["", "model", "made for", "how well", "parameters", "trained"], marked);
}

async function runRows(workspace: Workspace): Promise<string[][]> {
  const now = new Date();
  const rows: string[][] = [];
  for (const { name, state, damage } of await workspace.summaries()) {
    const about = damage ? undefined : await describe(await workspace.run(name));
    if (!about) continue;
    const parameters = state ? count(state.parameters) : "";
    rows.push([name, ...about, parameters, state ? ago(state.updatedAt, now) : ""]);
  }
  return rows;
}

async function folderRow(storage: Storage, folder: string, name: string, trained: string): Promise<string[]> {
  const about = (await describeFolder(storage, folder)) ?? ["", ""];
  const { count: parameters } = layoutOf(new Transformer(await loadConfig(storage, folder)));
  return [name, ...about, count(parameters), trained];
}

/** What a run's best checkpoint is for, and how well it does it; nothing where there is none or it cannot be read. */
async function describe(run: Run): Promise<readonly [kind: string, score: string] | undefined> {
  const step = await run.bestStep();
  return step === undefined ? undefined : describeFolder(run.storage, run.checkpointPath(step));
}

async function describeFolder(
  storage: Storage,
  folder: string,
): Promise<readonly [kind: string, score: string] | undefined> {
  try {
    const scores = (await loadTrainingRecord(storage, folder))?.scores;
    const tokenizer = await loadTokenizer(storage, folder);
    return [KINDS[specialSetOf(tokenizer.special)], scores ? scoreOf(scores) : ""];
  } catch {
    return undefined;
  }
}

interface Scores {
  readonly perfect: number;
  readonly pairs: number;
  readonly loss: number;
  readonly bitsPerByte?: number | undefined;
}

function scoreOf({ perfect, pairs, loss, bitsPerByte }: Scores): string {
  if (bitsPerByte !== undefined) return `${bitsPerByte.toFixed(3)} bits per byte`;
  return pairs > 0 ? `${perfect}/${pairs} perfect` : `loss ${figure(loss)}`;
}
