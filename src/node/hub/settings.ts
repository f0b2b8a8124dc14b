import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ParrotletError, shown } from "../../base/index.ts";

/** How the Hub is reached, by the same variables as Hugging Face's own programs. */
export interface HubSettings {
  /** `HF_ENDPOINT`, without a slash at the end. @default "https://huggingface.co" */
  readonly endpoint: string;
  /** `HF_TOKEN`, else the file `HF_TOKEN_PATH`, else `token` in `HF_HOME`. @default none */
  readonly token?: string;
  /** `HF_HUB_CACHE`, else `hub` in `HF_HOME`. @default "~/.cache/huggingface/hub" */
  readonly cache: string;
  /** `HF_HUB_OFFLINE`: ask no network. @default false */
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws {ParrotletError} `hub-settings` for an address or token that cannot be one. */
export async function hubSettings(env: Environment = process.env): Promise<HubSettings> {
  const home =
    folder(env["HF_HOME"]) ?? join(folder(env["XDG_CACHE_HOME"]) ?? join(homedir(), ".cache"), "huggingface");
  const cache = folder(env["HF_HUB_CACHE"]) ?? folder(env["HUGGINGFACE_HUB_CACHE"]) ?? join(home, "hub");
  const token = await tokenOf(env, folder(env["HF_TOKEN_PATH"]) ?? join(home, "token"));
  return {
    endpoint: endpointOf(env["HF_ENDPOINT"] || "https://huggingface.co"),
    cache,
    offline: /^(1|true|yes|on)$/i.test(env["HF_HUB_OFFLINE"] ?? ""),
    ...(token && { token }),
  };
}

const folder = (path: string | undefined): string | undefined => path?.replace(/^~(?=$|[\\/])/, homedir());

async function tokenOf(env: Environment, file: string): Promise<string | undefined> {
  const given = env["HF_TOKEN"]?.trim() || env["HUGGING_FACE_HUB_TOKEN"]?.trim();
  const token = given || (await readFile(file, "utf8").catch(() => "")).trim();
  // Never shown: it is a secret even where it is damaged.
  if (token && !/^[\x21-\x7e]{1,1000}$/.test(token)) {
    const where = given ? "HF_TOKEN" : file;
    throw new ParrotletError(
      "hub-settings",
      `${where} does not hold a token: it has spaces or other characters.`,
    );
  }
  return token || undefined;
}

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new ParrotletError(
      "hub-settings",
      `HF_ENDPOINT is ${shown(text)}; it must be an address with https://.`,
    );
  }
  return text.replace(/\/+$/, "");
}
