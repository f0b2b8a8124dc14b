import type { GenerationConfig } from "../generate/index.ts";
import type { Limits } from "./limits.ts";
import type { ServerMetrics } from "./metrics/server-metrics.ts";
import type { ServedModels } from "./served-models.ts";

/** A line of the server's log. It holds nothing that anybody said, unless that was asked for. */
export interface ServerLog {
  request(line: RequestLine): void;
  /** An error that is the server's own, or a model's. */
  error(id: string, error: unknown): void;
}

export interface RequestLine {
  readonly id: string;
  readonly method: string;
  /** As in the OpenAPI document: `/v1/models/{id}`; never what a client made up. */
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly model?: string | undefined;
  readonly promptTokens?: number | undefined;
  readonly completionTokens?: number | undefined;
  /** Only with `logMessages`. */
  readonly asked?: string | undefined;
  readonly said?: string | undefined;
}

/** What every route is given. */
export interface ServerContext {
  readonly version: string;
  readonly models: ServedModels;
  readonly limits: Limits;
  readonly metrics: ServerMetrics;
  readonly log: ServerLog;
  readonly logMessages: boolean;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Another each time: letters and digits. */
  readonly ids: () => string;
  /** A seed where a client gives none. */
  readonly seeds: () => number;
  /** What holds where a client says nothing. */
  readonly defaults: Partial<GenerationConfig>;
  readonly startedAt: number;
}
