import { open } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { LineCounter, parseDocument } from "yaml";
import { closest, decodeText, ParrotletError, shown } from "../../base/index.ts";
import { serverUrl } from "../../chat/index.ts";
import { GENERATION_RANGES, type GenerationConfig, generationConfig } from "../../generate/index.ts";
import { type Settings, settingsSchema } from "./settings-schema.ts";

export type { OpenAiServer, Settings } from "./settings-schema.ts";

/** The file's name in the folder of the workspace. */
export const SETTINGS_FILE = "parrotlet.yaml";

const MOST_BYTES = 1 << 18;
const MOST_DEPTH = 40;

type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingsOptions {
  /** The folder of the workspace. */
  readonly workspace: string;
  /** A file in place of the workspace's. @default `PARROTLET_CONFIG` */
  readonly file?: string | undefined;
  readonly env?: Environment | undefined;
}

/**
 * What a file and `PARROTLET_*` variables say; a variable wins over the file. A file that was asked for must be there.
 *
 * @throws {ParrotletError} `settings-invalid`, with the place and what may stand there.
 */
export async function readSettings(options: SettingsOptions): Promise<Settings> {
  const { workspace, env = process.env } = options;
  const asked = options.file ?? (env["PARROTLET_CONFIG"] || undefined);
  const file = asked === undefined ? join(workspace, SETTINGS_FILE) : resolve(asked);
  const content = await readFile(file, asked !== undefined);
  const said = content === undefined ? {} : parseYaml(content, file);
  const settings = checked(said, file);
  return { ...withVariables(settings, env) };
}

/** @throws {ParrotletError} `settings-invalid` */
function parseYaml(content: string, file: string): unknown {
  const document = parseDocument(content, { lineCounter: new LineCounter() });
  const [problem] = document.errors;
  if (problem) throw invalid(file, `it is not YAML: ${problem.message.split("\n")[0] ?? ""}`);
  let value: unknown;
  try {
    // Aliases of aliases grow without end: they are counted.
    value = document.toJS({ maxAliasCount: 20 });
  } catch (error) {
    throw invalid(file, `it cannot be read: ${(error as Error).message}`);
  }
  if (isDeep(value, MOST_DEPTH)) throw invalid(file, `it is nested more than ${MOST_DEPTH} deep.`);
  return value ?? {};
}

const isDeep = (value: unknown, left: number): boolean =>
  typeof value === "object" &&
  value !== null &&
  (left === 0 || Object.values(value).some((inner) => isDeep(inner, left - 1)));

function checked(value: unknown, file: string): Settings {
  const result = v.safeParse(settingsSchema, value);
  if (!result.success) throw invalid(file, result.issues.slice(0, 8).map(problemOf).join(" "));
  const { generation, ...settings } = result.output;
  const given = Object.entries(generation).filter(([, each]) => each !== undefined);
  const partial = Object.fromEntries(given) as Partial<GenerationConfig>;
  try {
    generationConfig(partial);
  } catch (error) {
    throw invalid(file, `generation: ${(error as Error).message}`);
  }
  return { ...settings, generation: partial };
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? []).map((part) => part.key as string | number);
  const name = path.length > 0 ? path.join(".") : "it";
  if (issue.type === "strict_object" && issue.expected === "never") {
    const known = keysAt(path.slice(0, -1));
    const meant = closest(String(path.at(-1)), known);
    return `${name} is not known. ${meant ? `Did you mean ${meant}?` : `Known here: ${known.join(", ")}.`}`;
  }
  if (issue.type === "strict_object" && issue.input !== undefined)
    return `${name} is ${shown(issue.input)}; it must hold keys and values.`;
  return issue.input === undefined
    ? `${name} is missing.`
    : `${name} is ${shown(issue.input)}; it ${issue.message}.`;
}

/** The keys that the schema has at a path. */
function keysAt(path: readonly (string | number)[]): string[] {
  let at: unknown = settingsSchema;
  const inside = (node: unknown): Record<string, unknown> => {
    const { wrapped, pipe } = node as { wrapped?: unknown; pipe?: readonly unknown[] };
    return (wrapped ? inside(wrapped) : pipe ? inside({ ...(pipe[0] as object) }) : node) as Record<
      string,
      unknown
    >;
  };
  for (const key of path) {
    const { entries, item } = inside(at);
    at = typeof key === "number" ? item : ((entries as Record<string, unknown>)[key] ?? {});
  }
  return Object.keys((inside(at)["entries"] ?? {}) as object);
}

/** `PARROTLET_MAX_NEW_TOKENS` for `generation.maxNewTokens`, and so on; others by their names. */
function withVariables(settings: Settings, env: Environment): Settings {
  const said = (name: string): string | undefined => env[`PARROTLET_${name}`] || undefined;
  const numbers = Object.keys(GENERATION_RANGES).flatMap((name) => {
    const text = said(name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
    return text === undefined ? [] : [[name, Number(text)] as const];
  });
  const stop = said("STOP");
  const asked = said("OPENAI_URL");
  const url = asked && (serverUrl(asked) ?? asked);
  const [dtype, device] = [said("TRANSFORMERS_DTYPE"), said("TRANSFORMERS_DEVICE")];
  const [host, port, keyFile] = [said("HOST"), said("PORT"), said("API_KEY_FILE")];
  const { server, transformers } = settings;
  const others = settings.openai.filter((each) => each.url !== url);
  const first = settings.openai.find((each) => each.url === url) ?? { url };
  const whole: unknown = {
    ...settings,
    model: said("MODEL") ?? settings.model,
    generation: {
      ...settings.generation,
      ...Object.fromEntries(numbers),
      ...(stop !== undefined && { stopSequences: [stop.replaceAll("\\n", "\n")] }),
    },
    openai: url === undefined ? settings.openai : [first, ...others],
    transformers: { ...transformers, ...(dtype && { dtype }), ...(device && { device }) },
    server: {
      ...server,
      ...(host && { host }),
      ...(port && { port: Number(port) }),
      ...(keyFile && { keyFile }),
    },
  };
  return checked(whole, "A PARROTLET_* variable");
}

/** The only server that `OPENAI_API_KEY` is for where no entry names it. */
const OPENAI = /^https:\/\/api\.openai\.com\//;

/**
 * The key of a server: of the variable that its entry names; of `PARROTLET_OPENAI_KEY` where it is the server of `PARROTLET_OPENAI_URL`;
 * of `OPENAI_API_KEY` where it is OpenAI's own. No other server is sent a key: an address may come from anywhere, as from a
 * conversation that somebody else saved. It is never written anywhere.
 */
export function keyFor(
  settings: Pick<Settings, "openai">,
  url: string,
  env: Environment = process.env,
): string | undefined {
  const name = settings.openai.find((each) => each.url === url)?.key ?? variableFor(url, env);
  return (name && env[name]?.trim()) || undefined;
}

function variableFor(url: string, env: Environment): string | undefined {
  const own = env["PARROTLET_OPENAI_URL"] || undefined;
  if (own !== undefined && serverUrl(own) === url && env["PARROTLET_OPENAI_KEY"])
    return "PARROTLET_OPENAI_KEY";
  return OPENAI.test(url) ? "OPENAI_API_KEY" : undefined;
}

async function readFile(file: string, must: boolean): Promise<string | undefined> {
  let handle: Awaited<ReturnType<typeof open>> | undefined;
  try {
    handle = await open(file);
    const { size } = await handle.stat();
    if (size > MOST_BYTES) throw invalid(file, `it has ${size} bytes; it may have ${MOST_BYTES}.`);
    return decodeText(await handle.readFile());
  } catch (error) {
    if (error instanceof ParrotletError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !must) return undefined;
    throw invalid(file, code === "ENOENT" ? "there is no such file." : `it cannot be read (${code}).`);
  } finally {
    await handle?.close();
  }
}

const invalid = (file: string, why: string): ParrotletError =>
  new ParrotletError("settings-invalid", `${file}: ${why}`);
