import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A file of a repository: large ones lie in another store, and are named by their SHA-256. */
interface ServedFile {
  readonly bytes: Buffer;
  readonly isLarge: boolean;
}

interface ServedDataset {
  readonly files: Map<string, ServedFile>;
  readonly card: Record<string, unknown>;
  commit: string;
  /** Needs this token for its files. */
  gatedFor?: string;
  /** Needs this token even to be seen. */
  privateFor?: string;
  /** Entries of the list besides the files, as a hostile server might add. */
  extra: object[];
}

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly host: "hub" | "store";
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

const sha = (algorithm: string, bytes: Uint8Array | string): string =>
  createHash(algorithm).update(bytes).digest("hex");

/**
 * The parts of the Hugging Face Hub that reading a dataset needs, on this machine: the description at a revision, the list in
 * pages, files by `resolve`, small ones here and large ones by a redirect to a second host, ranges, hashes and error headers.
 */
export class HubServer {
  readonly datasets: Map<string, ServedDataset> = new Map();
  readonly requests: Asked[] = [];
  /** Bytes after which the connection of a file breaks, once each. */
  readonly breakAfter: number[] = [];
  /** Statuses to answer with before anything else, once each. */
  readonly failWith: number[] = [];
  /** Files whose bytes are not what the list says. */
  readonly spoiled: Set<string> = new Set();
  /** Answers of the store never end. */
  stalls = false;
  ignoresRanges = false;
  endpoint = "";
  readonly #hub = createServer((request, response) => this.#answer("hub", request, response));
  readonly #store = createServer((request, response) => this.#answer("store", request, response));

  static async start(): Promise<HubServer> {
    const server = new HubServer();
    for (const one of [server.#hub, server.#store]) {
      await new Promise<void>((resolve) => one.listen(0, "127.0.0.1", resolve));
    }
    server.endpoint = address(server.#hub);
    return server;
  }

  async stop(): Promise<void> {
    for (const one of [this.#hub, this.#store]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }

  add(
    name: string,
    files: Readonly<Record<string, string | Uint8Array>>,
    card: Record<string, unknown> = {},
  ): ServedDataset {
    const served = Object.entries(files).map(([path, content]): [string, ServedFile] => {
      const bytes = Buffer.from(content);
      return [path, { bytes, isLarge: bytes.length > 1000 }];
    });
    const commit = sha("sha1", JSON.stringify([name, files, card]));
    const dataset: ServedDataset = { files: new Map(served), card, commit, extra: [] };
    this.datasets.set(name, dataset);
    return dataset;
  }

  /** Paths of files of which bytes were asked for. */
  get downloads(): string[] {
    return this.requests
      .filter(({ path }) => path.includes("/resolve/"))
      .map(({ path }) => decodeURIComponent(path.replace(/^.*\/resolve\/[0-9a-f]+\//, "")));
  }

  #answer(host: "hub" | "store", request: IncomingMessage, response: ServerResponse): unknown {
    const url = new URL(request.url ?? "/", "http://localhost");
    const { range, authorization } = request.headers;
    const method = request.method ?? "";
    this.requests.push({ method, path: url.pathname + url.search, host, range, authorization });
    const status = this.failWith.shift();
    if (status) return send(response, status, { error: "not now" });
    if (host === "hub") return this.#page(url, authorization?.replace("Bearer ", ""), request, response);
    return this.#file(this.#named(decodeURIComponent(url.pathname.slice(1))), request, response);
  }

  #page(url: URL, token: string | undefined, request: IncomingMessage, response: ServerResponse): unknown {
    if (url.pathname === "/api/datasets") return this.#search(url, response);
    const [, name = "", kind, rest = ""] =
      /^(?:\/api)?\/datasets\/([^/]+\/[^/]+)\/(\w+)\/(.*)$/.exec(url.pathname) ?? [];
    const dataset = this.datasets.get(name);
    if (!dataset || (dataset.privateFor && dataset.privateFor !== token)) {
      return sendError(response, token ? 404 : 401, "RepoNotFound");
    }
    if (kind === "revision") return this.#describe(name, dataset, rest, response);
    if (kind === "tree") return this.#list(name, dataset, url, response);
    if (dataset.gatedFor && dataset.gatedFor !== token) {
      return sendError(response, token ? 403 : 401, "GatedRepo");
    }
    const found = this.#named(`${name}:${decodeURIComponent(rest.replace(/^[0-9a-f]+\//, ""))}`);
    return found.file?.isLarge
      ? this.#redirect(found.key, found.file, response)
      : this.#file(found, request, response);
  }

  #redirect(key: string, { bytes }: ServedFile, response: ServerResponse): unknown {
    response.writeHead(302, {
      location: `${address(this.#store)}/${encodeURIComponent(key)}`,
      "x-linked-etag": `"${sha("sha256", bytes)}"`,
      "x-linked-size": String(bytes.length),
    });
    return response.end();
  }

  #named(key: string): { key: string; file: ServedFile | undefined } {
    const [name = "", path = ""] = key.split(/:(.*)/);
    return { key, file: this.datasets.get(name)?.files.get(path) };
  }

  #search(url: URL, response: ServerResponse): unknown {
    const { author, search } = Object.fromEntries(url.searchParams);
    const names = [...this.datasets.keys()].filter(
      (name) => (!author || name.startsWith(`${author}/`)) && (!search || name.includes(search)),
    );
    return send(
      response,
      200,
      names.map((id) => ({ id, _id: id })),
    );
  }

  #describe(name: string, dataset: ServedDataset, revision: string, response: ServerResponse): unknown {
    if (!["main", dataset.commit].includes(decodeURIComponent(revision))) {
      return sendError(response, 404, "RevisionNotFound");
    }
    return send(response, 200, { _id: "1", id: name, sha: dataset.commit, cardData: dataset.card });
  }

  /** Two entries a page. */
  #list(name: string, dataset: ServedDataset, url: URL, response: ServerResponse): unknown {
    const files = [...dataset.files].map(([path, { bytes, isLarge }]) => ({
      type: "file",
      path,
      size: bytes.length,
      oid: isLarge
        ? sha("sha1", "a pointer")
        : sha("sha1", Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes])),
      ...(isLarge && { lfs: { oid: sha("sha256", bytes), size: bytes.length, pointerSize: 130 } }),
    }));
    const folders = [{ type: "directory", path: "data", size: 0, oid: "0".repeat(40) }];
    const all = [...folders, ...files, ...dataset.extra];
    const from = Number(url.searchParams.get("cursor") ?? 0);
    const next = `<${this.endpoint}/api/datasets/${name}/tree/${dataset.commit}?recursive=true&cursor=${from + 2}>; rel="next"`;
    return send(response, 200, all.slice(from, from + 2), from + 2 < all.length ? { link: next } : {});
  }

  #file(
    { key, file }: { key: string; file: ServedFile | undefined },
    request: IncomingMessage,
    response: ServerResponse,
  ): unknown {
    if (!file) return sendError(response, 404, "EntryNotFound");
    const bytes = this.spoiled.has(key) ? Buffer.from(file.bytes).reverse() : file.bytes;
    const size = bytes.length;
    const from = this.ignoresRanges
      ? Number.NaN
      : Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1]);
    if (from >= size) return send(response, 416, {});
    const start = from || 0;
    response.writeHead(Number.isNaN(from) ? 200 : 206, {
      "content-length": size - start,
      ...(!Number.isNaN(from) && { "content-range": `bytes ${start}-${size - 1}/${size}` }),
    });
    const broken = this.breakAfter.shift();
    if (broken === undefined && !this.stalls) {
      return response.end(bytes.subarray(start));
    }
    return response.write(bytes.subarray(start, start + (broken ?? 100)), () => {
      // What was written must have been read: a stream that breaks loses what still waits in it.
      if (!this.stalls) setTimeout(() => response.destroy(), broken ? 100 : 0);
    });
  }
}

const address = (server: ReturnType<typeof createServer>): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const sendError = (response: ServerResponse, status: number, code: string): ServerResponse =>
  send(response, status, { error: code }, { "x-error-code": code });

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): ServerResponse {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  return response.end(JSON.stringify(body));
}
