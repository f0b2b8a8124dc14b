import { ParrotletError } from "../base/index.ts";
import type { HeldBackend, ModelHost, ModelListing } from "../chat/index.ts";
import { ScriptedBackend, type ScriptedOptions } from "../chat/scripted-backend.contract.ts";

/** A host of backends without models, for tests. */
export class ScriptedHost implements ModelHost {
  readonly backends: ReadonlyMap<string, ScriptedBackend>;
  /** What was opened, and how often what is open is held. */
  readonly opened: string[] = [];
  holds = 0;

  constructor(...backends: ScriptedBackend[]) {
    this.backends = new Map(backends.map((backend) => [backend.address, backend]));
  }

  async list(): Promise<readonly ModelListing[]> {
    return [...this.backends.values()].map(({ address, kind, name, contextWindow }) => ({
      ...{ address, kind, name, contextWindow },
      about: "conversations",
      createdAt: "2026-01-02T03:04:05Z",
    }));
  }

  async open(reference = ""): Promise<HeldBackend> {
    this.opened.push(reference);
    const backend = this.backends.get(reference);
    if (!backend)
      throw new ParrotletError("model-not-found", `No model is called ${reference} in /secret/path.`);
    this.holds++;
    let held = true;
    return {
      backend,
      release: () => {
        if (!held) throw new Error("released twice");
        held = false;
        this.holds--;
      },
    };
  }

  async close(): Promise<void> {
    for (const backend of this.backends.values()) await backend.close();
  }
}

export const hostOf = (options: ScriptedOptions = {}): { host: ScriptedHost; backend: ScriptedBackend } => {
  const backend = new ScriptedBackend(options);
  return { host: new ScriptedHost(backend), backend };
};
