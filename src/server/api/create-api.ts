import type { ConversationSources } from "../../chat/index.ts";
import { ConversationStore, type Workspace } from "../../workspace/index.ts";
import type { Route } from "../route.ts";
import { asRoutes } from "./api-route.ts";
import { conversationRoutes } from "./conversations.ts";
import { messageRoutes } from "./messages.ts";
import { modelRoutes } from "./models.ts";
import { RunLogs } from "./run-logs.ts";
import { runRoutes } from "./runs.ts";
import type { ApiServices } from "./services.ts";
import { Talks } from "./talks.ts";
import type { TrainingDesk } from "./training-desk.ts";
import { trainingRoutes } from "./trainings.ts";

export interface ApiOptions {
  /** Whose conversations and runs it is about. */
  readonly workspace: Workspace;
  readonly sources: ConversationSources;
  /** What trains. @default nothing can be trained */
  readonly desk?: TrainingDesk | undefined;
  /** Refuse all that changes conversations or trains. @default false */
  readonly readOnly?: boolean | undefined;
}

/** For `ServerOptions`: routes, and what is to be done when the server closes. */
export interface Api {
  readonly routes: readonly Route[];
  /** Ends trainings with a checkpoint, and waits for what is still to be written down. */
  onClose(graceMs: number): Promise<void>;
}

/** The server's own API, beside OpenAI's: models, conversations, runs and trainings of a workspace. */
export function createApi({ workspace, sources, desk, readOnly = false }: ApiOptions): Api {
  const store = new ConversationStore(workspace.storage, sources);
  const talks = new Talks();
  const services: ApiServices = { store, sources, workspace, desk, talks, logs: new RunLogs() };
  const routes = [
    ...modelRoutes(services),
    ...conversationRoutes(services),
    ...messageRoutes(services),
    ...runRoutes(services),
    ...trainingRoutes(services),
  ];
  return {
    routes: asRoutes(routes, readOnly),
    async onClose(graceMs) {
      await desk?.close(graceMs);
      await talks.settled();
    },
  };
}
