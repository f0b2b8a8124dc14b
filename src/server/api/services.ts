import type { ConversationSources } from "../../chat/index.ts";
import type { ConversationStore, Workspace } from "../../workspace/index.ts";
import type { RunLogs } from "./run-logs.ts";
import type { Talks } from "./talks.ts";
import type { TrainingDesk } from "./training-desk.ts";

/** What routes of the server's own API work with. */
export interface ApiServices {
  readonly store: ConversationStore;
  readonly sources: ConversationSources;
  readonly workspace: Workspace;
  /** Nothing where no trainings can be started. */
  readonly desk: TrainingDesk | undefined;
  readonly talks: Talks;
  readonly logs: RunLogs;
}
