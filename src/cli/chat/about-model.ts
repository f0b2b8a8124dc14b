import { shortened } from "../../base/index.ts";
import type { ChatBackend } from "../../chat/index.ts";
import { loadTokenizer, loadTrainingRecord } from "../../checkpoint/index.ts";
import { type FoundModel, findByAddress } from "../../node/index.ts";
import { type SpecialSet, specialSetOf, type Tokenizer } from "../../text/index.ts";
import type { RunEvent, Workspace } from "../../workspace/index.ts";
import { oneLine, printable } from "../terminal.ts";

/** What a chat knows of a model beside what every backend says. */
export interface AboutModel {
  /** What it was made for: single questions, texts or conversations. */
  readonly kind: SpecialSet;
  /** Of a model of ours: where it lies, and how it reads. */
  readonly local: { readonly found: FoundModel; readonly tokenizer: Tokenizer } | undefined;
  /** Whom it learned to be, where its checkpoint says so. */
  readonly character: string | undefined;
  /** What tells models apart: `tinytalks@2000`. */
  readonly label: string;
  /** What it is called as it talks. */
  readonly name: string;
}

export async function aboutModel(workspace: Workspace, backend: ChatBackend): Promise<AboutModel> {
  const label = clean(backend.name);
  if (backend.kind !== "tiny")
    return { kind: kindOf(backend), local: undefined, character: undefined, label, name: label };
  const found = await findByAddress(workspace, backend.address);
  const tokenizer = await loadTokenizer(found.storage, found.folder);
  const record = await loadTrainingRecord(found.storage, found.folder);
  const character = clean(record?.character ?? "") || undefined;
  const kind = specialSetOf(tokenizer.special);
  return { kind, local: { found, tokenizer }, character, label, name: character ?? label };
}

/** What the training of a model's run kept of this checkpoint, if anything. */
export async function trainedEvent({
  local,
}: AboutModel): Promise<Extract<RunEvent, { type: "checkpoint" }> | undefined> {
  const { run, step } = local?.found ?? {};
  for (const event of (await run?.events()) ?? []) {
    if (event.type === "checkpoint" && event.step === step) return event;
  }
  return undefined;
}

function kindOf({ abilities }: ChatBackend): SpecialSet {
  if (!abilities.chat) return "text";
  return abilities.history ? "chat" : "pairs";
}

/** A name from a file or a server: nothing in it may move the cursor. */
const clean = (name: string): string => shortened(oneLine(printable(name)).trim());
