import chalk from "chalk";
import type { Storage } from "../../base/index.ts";
import { loadConfig, loadTokenizer, loadTrainingRecord } from "../../checkpoint/index.ts";
import { layoutOf, Transformer } from "../../model/index.ts";
import { importedNames, starterNames, starterStorage } from "../../node/index.ts";
import { specialSetOf } from "../../text/index.ts";
import type { Run, Workspace } from "../../workspace/index.ts";
import { ago, count, figure, harmless, oneLine, table } from "../terminal.ts";
import type { Talk } from "./talk.ts";

/** What kinds of models are for, in a word. */
const KINDS = { pairs: "questions", text: "text", chat: "conversations" } as const;

/**
 * All models that one can talk to: runs, the newest first, with how good their best checkpoints are, then what was brought in, and
 * what came with the program, unless a run has its name; then those that other programs run. A star is at the one that is talked to.
 */
export async function listModels({ workspace, host, about, backend }: Talk): Promise<string> {
  const rows = await runRows(workspace);
  const taken = rows.map(([name]) => name);
  for (const name of await importedNames(workspace)) {
    if (!taken.includes(name))
      rows.push(await folderRow(workspace.storage, `models/${name}`, name, "brought in"));
  }
  for (const name of await starterNames()) {
    if (!taken.includes(name)) rows.push(await folderRow(starterStorage(), name, name, "a starter"));
  }
  const { models, unreachable } = await host.survey();
  for (const { address, kind, about: what, parameters } of models) {
    if (kind !== "tiny") rows.push([safe(address), safe(what), "", parameters ? count(parameters) : "", ""]);
  }
  if (rows.length === 0) return "There are no runs yet. Train one: parrotlet train tinytalks";
  const current = about.local ? (about.local.found.run?.name ?? about.label) : backend.address;
  const marked = rows.map((row) => [row[0] === current ? "*" : "", ...row]);
  const all = table(["", "model", "made for", "how well", "parameters", "trained"], marked);
  const lost = unreachable.map(
    ({ address, why }) => `\n${chalk.dim(`${safe(address)} cannot be opened: ${safe(why)}`)}`,
  );
  return all + lost.join("");
}

/** A server's words are not ours. */
const safe = (text: string): string => oneLine(harmless(text));

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
