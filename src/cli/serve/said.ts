import type { GenerationConfig } from "../../generate/index.ts";
import type { Settings } from "../../node/index.ts";
import type { Limits } from "../../server/index.ts";
import type { ServeOptions } from "../serve-options.ts";

/** What the settings say of a server. */
export type ServerSettings = Pick<Settings, "model" | "generation" | "server">;

/** What a server is to be, by flags, variables and the file together. */
export interface ServerWish {
  readonly host: string;
  /** Nothing where nobody asked for one. */
  readonly port: number | undefined;
  readonly allowHost: readonly string[];
  readonly cors: readonly string[];
  readonly limits: Partial<Limits>;
  readonly defaults: Partial<GenerationConfig>;
}

/** Flags win over the settings, in which variables have won over the file. A list of a flag takes the place of the file's. */
export function wishOf(options: ServeOptions, { server, generation }: ServerSettings): ServerWish {
  const { maxWaiting, timeout, temperature } = options;
  const limits = { ...server.limits, waiting: maxWaiting ?? server.limits.waiting };
  return {
    host: options.host ?? server.host ?? "127.0.0.1",
    port: options.port ?? server.port,
    allowHost: options.allowHost ?? server.allowHost ?? [],
    cors: options.cors ?? server.cors ?? [],
    limits: said({ ...limits, requestSeconds: timeout ?? limits.requestSeconds }),
    defaults: { ...generation, ...(temperature !== undefined && { temperature }) },
  };
}

/** Without the fields that nobody gave: they must not hide what holds otherwise. */
const said = <T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
