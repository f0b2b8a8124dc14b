import { join } from "node:path";
import type { ModelListing } from "../../chat/index.ts";
import type { Workspace } from "../../workspace/index.ts";
import { hubSettings } from "../hub/settings.ts";
import { starterNames, starterStorage } from "../starters.ts";
import { aboutFolder, modelsIn, modelsOfHub, type Seen } from "./models-on-disk.ts";
import { OpenAiClient } from "./openai-client.ts";
import { listServerModels } from "./openai-models.ts";
import { keyFor, type OpenAiServer, type Settings } from "./settings.ts";

/** What cannot be opened, though it should be there. */
export interface Unreachable {
  readonly address: string;
  readonly why: string;
}

export interface Survey {
  readonly models: readonly ModelListing[];
  readonly unreachable: readonly Unreachable[];
}

export interface SurveyOptions {
  readonly workspace: Workspace;
  /** The workspace's folder: models that one has lie in `models` there. */
  readonly folder: string;
  readonly settings: Settings;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Milliseconds that a server has to say what it has. @default 1000 */
  readonly patience?: number | undefined;
}

/** All models that can be opened: runs, the newest first, starters, what lies in `models`, what servers have, and the hub's cache. */
export async function surveyModels(options: SurveyOptions): Promise<Survey> {
  const parts = await Promise.all([
    runs(options.workspace),
    starters(),
    modelsIn(join(options.folder, "models")),
    Promise.all(options.settings.openai.map((server) => served(server, options))).then((each) => each.flat()),
    hubSettings(options.env)
      .then(modelsOfHub)
      .catch((error: Error): Seen[] => [{ address: "hf:", why: error.message }]),
  ]);
  const all = parts.flat();
  return {
    models: all.filter((each): each is ModelListing => !("why" in each)),
    unreachable: all.filter((each): each is Unreachable => "why" in each),
  };
}

async function runs(workspace: Workspace): Promise<Seen[]> {
  const summaries = await workspace.summaries();
  const seen = summaries.map(async ({ name, state, damage }): Promise<Seen[]> => {
    const address = `run:${name}`;
    if (damage) return [{ address, why: damage }];
    try {
      const run = await workspace.run(name);
      const [steps, best] = [await run.checkpoints(), await run.bestStep()];
      if (best === undefined) return [];
      const about = await aboutFolder(run.storage, run.checkpointPath(best));
      return [{ address, kind: "tiny", name, ...about, steps, createdAt: state?.updatedAt }];
    } catch (error) {
      return [{ address, why: (error as Error).message }];
    }
  });
  return (await Promise.all(seen)).flat();
}

async function starters(): Promise<Seen[]> {
  const storage = starterStorage();
  const seen = (await starterNames()).map(async (name): Promise<Seen> => {
    const address = `starter:${name}`;
    try {
      return { address, kind: "tiny", name, ...(await aboutFolder(storage, name)) };
    } catch (error) {
      return { address, why: (error as Error).message };
    }
  });
  return Promise.all(seen);
}

async function served(
  { url, name, contextWindow }: OpenAiServer,
  { settings, env, patience = 1000 }: SurveyOptions,
): Promise<Seen[]> {
  const signal = AbortSignal.timeout(patience);
  try {
    const client = new OpenAiClient({ url, key: keyFor(settings, url, env), timeout: patience });
    const models = await listServerModels(client, { timeout: patience, signal });
    return models.map((model) => ({
      address: `openai:${url}#${model.id}`,
      kind: "openai",
      name: model.id,
      about: name ?? new URL(url).host,
      parameters: model.parameters,
      contextWindow: contextWindow ?? model.contextWindow,
      createdAt: model.createdAt,
    }));
  } catch (error) {
    const why = signal.aborted ? `no answer within ${patience / 1000} s` : (error as Error).message;
    return [{ address: `openai:${url}`, why }];
  }
}
