import { loadTokenizer } from "../../checkpoint/index.ts";
import { specialSetOf } from "../../text/index.ts";
import type { Run, Workspace } from "../../workspace/index.ts";
import { ago, count, figure, table } from "../terminal.ts";

/** What kinds of models are for, in a word. */
export const KINDS = { pairs: "questions", text: "text", chat: "conversations" } as const;

/** All runs that one can talk to, the newest first, with how good their best checkpoints are. */
export async function listModels(workspace: Workspace, current: string): Promise<string> {
  const now = new Date();
  const rows: string[][] = [];
  for (const { name, state, damage } of await workspace.summaries()) {
    const about = damage ? undefined : await describe(await workspace.run(name));
    if (!about) continue;
    const parameters = state ? count(state.parameters) : "";
    const age = state ? ago(state.updatedAt, now) : "";
    rows.push([name === current ? "*" : "", name, ...about, parameters, age]);
  }
  if (rows.length === 0) return "There are no runs yet. Train one: parrotlet train tinytalks";
  return table(["", "model", "made for", "how well", "parameters", "trained"], rows);
}

/** What a run's best checkpoint is for, and how well it does it; nothing where there is none or it cannot be read. */
async function describe(run: Run): Promise<readonly [kind: string, score: string] | undefined> {
  const step = await run.bestStep();
  if (step === undefined) return undefined;
  try {
    const scores = (await run.record(step))?.scores;
    const tokenizer = await loadTokenizer(run.storage, run.checkpointPath(step));
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
