import { join } from "node:path";
import type { Rng } from "../src/base/index.ts";
import {
  hostileFormats,
  hostileJson,
  hostileSchemas,
  oddValues,
  oneOf,
  type Schema,
} from "./hostile-json.ts";
import { bytes, request, type SayOptions } from "./hostile-socket.ts";

/** A request that is none of them. */
export const question: { readonly messages: readonly object[]; readonly max_tokens: number } = {
  messages: [{ role: "user", content: "What is your name?" }],
  max_tokens: 12,
};

/** Names of files, URLs and models that are nobody's business here. */
export const namesOf = (outside: string, url: string): string[] => [
  ...[
    "..",
    "../outside",
    "../../etc/passwd",
    "..\\outside",
    "/etc/passwd",
    "C:\\Windows",
    "pip/../../outside",
    "./pip",
  ],
  ...[
    "%2e%2e%2foutside",
    "pip%00",
    "pip\u0000.txt",
    "//etc",
    "file:///etc/passwd",
    "folder:/etc",
    "gguf:/dev/zero",
  ],
  ...[
    "gguf:/dev/stdin",
    "hf:../outside",
    "hf:evil/model",
    "run:../outside",
    "run:x@../../y",
    "starter:../pip",
    "~/x",
  ],
  ...[
    "pip@1",
    "run:pip@best",
    "pip@99999999999",
    "__proto__",
    "constructor",
    "toString",
    "pip\r\nX: y",
    "$(id)",
    "`id`",
  ],
  ...[
    outside,
    `folder:${outside}`,
    `gguf:${join(outside, "canary.txt")}`,
    `hf:${outside}`,
    join(outside, "made"),
  ],
  ...[`openai:${url}#x`, `openai:${url}`, url, "x".repeat(5000)],
];

export interface Attack {
  readonly sent: Uint8Array;
  readonly options?: SayOptions;
}
export type Attacks = (rng: Rng) => Attack;

/** Bodies of each route by its schema, with fields that are none. */
function fieldsOf(document: Record<string, unknown>, names: readonly string[]): Attacks {
  const routes = Object.entries(document["paths"] as Record<string, Record<string, Record<string, unknown>>>);
  const odd = oddValues(names);
  const targets = routes.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => {
      const content = (requestBody as { content?: Record<string, { schema: Schema }> } | undefined)?.content;
      return { path, method: method.toUpperCase(), schema: content?.["application/json"]?.schema };
    }),
  );
  const bodied = targets.filter(({ schema }) => schema);
  return (rng) => {
    const { path, method, schema } = oneOf(rng, rng.below(8) === 0 ? targets : bodied);
    const named = path.replaceAll(/\{\w+\}/g, () => encodeURI(oneOf(rng, ["pip", ...names])));
    if (method === "GET") return { sent: request(named) };
    // What takes tokens takes few of them, unless that very field is hostile.
    const json = hostileJson(rng, schema ?? {}, odd, 6 + rng.below(30));
    const most =
      /completions/.test(path) && rng.below(10) > 0 ? '"max_tokens":3,"max_completion_tokens":3,' : "";
    return { sent: request(named, json.replace(/^\{(?=")/, `{${most}`), { method }) };
  };
}

const chat = JSON.stringify(question);
export const head = (more: string): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

/** All kinds of attack. @param document The server's OpenAPI document. @param names Of `namesOf`. */
export const attacksOn = (
  document: Record<string, unknown>,
  names: readonly string[],
): Readonly<Record<string, Attacks>> => ({
  fields: fieldsOf(document, names),
  bytes: (rng) => {
    const body = Buffer.from(chat);
    const at = rng.below(body.length);
    const bad = oneOf(rng, [
      [0xff],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0],
      [0xf5, 0x80, 0x80, 0x80],
      [0xe2, 0x82],
      [0x22],
    ]);
    const after = rng.below(3) === 0 ? body.length : at + rng.below(3);
    return {
      sent: request(
        "/v1/chat/completions",
        Buffer.concat([body.subarray(0, at), Buffer.from(bad), body.subarray(after)]),
      ),
    };
  },
  framing: (rng) => {
    const smuggled = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const sent = oneOf(rng, [
      head(`Content-Length: ${chat.length + 50}`) + chat,
      head(`Content-Length: ${chat.length - 9}`) + chat,
      head("Content-Length: -1") + chat,
      head("Content-Length: 1e3") + chat,
      head("Content-Length: 99999999999999999999") + chat,
      head("Content-Length: 5\r\nContent-Length: 6") + chat,
      `${head(`Content-Length: ${chat.length}\r\nTransfer-Encoding: chunked`)}0\r\n\r\n${smuggled}`,
      `${head(`Transfer-Encoding: chunked\r\nContent-Length: 4`)}5c\r\n${chat}\r\n0\r\n\r\n`,
      `${head("Transfer-Encoding: xchunked")}0\r\n\r\n${smuggled}`,
      `${head("Transfer-Encoding: chunked, identity")}0\r\n\r\n${smuggled}`,
      `${head("Transfer-Encoding : chunked")}0\r\n\r\n${smuggled}`,
      `${head("Transfer-Encoding: chunked")}zz\r\nhello\r\n0\r\n\r\n`,
      `${head("Transfer-Encoding: chunked")}ffffffffffffffffff\r\nhello`,
      `${head("Transfer-Encoding: chunked")}${chat.length.toString(16)}\r\n${chat}`,
      head("Transfer-Encoding: chunked") +
        `${chat.length.toString(16)};${"e".repeat(20_000)}\r\n${chat}\r\n0\r\n\r\n`,
      `${head("Transfer-Encoding: chunked")}0\r\n${"X: y\r\n".repeat(3000)}\r\n`,
      head(`Content-Length: ${chat.length}\r\nExpect: 100-continue`),
      head(`Content-Length: ${chat.length}\r\nExpect: nonsense\r\nConnection: close`) + chat,
      head(`Content-Length: ${chat.length}\r\nUpgrade: h2c\r\nConnection: Upgrade`) + chat,
      head(`Content-Length: ${chat.length}\r\nContent-Encoding: gzip\r\nConnection: close`) + chat,
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
      "GET /health\r\n",
      "GET /health HTTP/0.9\r\n\r\n",
      "GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n",
      "GET /health HTTP/1.0\r\n\r\n",
      "GET /health HTTP/1.1\nHost: localhost\n\n",
      "\r\n\r\n\r\n\r\n",
      "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
      `${"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(30)}GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
      String.fromCharCode(...Array.from({ length: 200 }, () => rng.below(256))),
    ]);
    const cut = rng.below(4) === 0 ? sent.slice(0, rng.below(sent.length)) : sent;
    return { sent: bytes(cut), options: { finish: rng.below(2) === 0 } };
  },
  paths: (rng) => {
    const named = oneOf(rng, names);
    const wild = oneOf(rng, [
      named,
      encodeURI(named),
      encodeURIComponent(named),
      named.replaceAll("/", "%5c"),
    ]);
    const before = oneOf(rng, [
      "/",
      "/v1/models/",
      "/v1/",
      "/v1/chat/completions/../../",
      "//",
      "/api/",
      "/health?x=",
      "",
    ]);
    const path = (before + wild).replaceAll(/[\r\n ]/g, "") || "/";
    const method = oneOf(rng, ["GET", "GET", "DELETE", "PUT", "PATCH", "HEAD"]);
    if (rng.below(2) === 0) return { sent: request(path, undefined, { method }) };
    const route = oneOf(rng, ["chat/completions", "completions", "embeddings"]);
    const body = { ...question, prompt: "a", input: "a", model: named };
    return { sent: request(`/v1/${route}`, JSON.stringify(body)) };
  },
  headers: (rng) => {
    const named = oneOf(rng, [
      "evil.example",
      "localhost.evil.example",
      "127.0.0.1.nip.io",
      "[::ffff:1.2.3.4]",
      "a b",
      "",
      "localhost:x",
      "\u0000",
      "évil",
      "localhost, evil",
      "localhost@evil.example",
      "0.0.0.0",
      "2130706433",
    ]);
    const origin = oneOf(rng, [
      "https://evil.example",
      "null",
      "file://",
      "http://localhost.evil.example",
      "http://localhost:1",
      "javascript:1",
    ]);
    const headers = oneOf(rng, [
      `Host: ${named}\r\n`,
      `Host: localhost\r\nHost: ${named}\r\n`,
      `Host: localhost\r\nX-Forwarded-Host: ${named}\r\nOrigin: ${origin}\r\n`,
      `Origin: ${origin}\r\n`,
      `Origin: ${origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: ${"x".repeat(3000)}\r\n`,
      `X: ${"a".repeat(17_000)}\r\n`,
      Array.from({ length: 900 }, (_, index) => `X-${index}: 1\r\n`).join(""),
      "X: a\u0000b\r\n",
      "X\u0000: a\r\n",
      " folded: a\r\n b\r\n",
      `Authorization: Bearer ${"k".repeat(9000)}\r\n`,
      "Content-Type: text/plain\r\nContent-Type: application/json\r\n",
      "Cookie: a=b; __proto__=c\r\nRange: bytes=0-999999999\r\nIf-None-Match: *\r\n",
    ]);
    const method = oneOf(rng, [
      "GET",
      "POST",
      "OPTIONS",
      "TRACE",
      "CONNECT",
      "PROPFIND",
      "QUERY",
      "get",
      "BREW",
    ]);
    const body = method === "POST" ? chat : undefined;
    return {
      sent: request(oneOf(rng, ["/health", "/v1/chat/completions", "*", "/metrics"]), body, {
        method,
        headers,
      }),
    };
  },
  formats: (rng) => {
    const format = oneOf(rng, rng.below(2) === 0 ? hostileFormats : hostileSchemas);
    const fields = `"max_tokens":24,"temperature":1,"seed":${rng.below(99)},"stream":${rng.below(2) === 0}`;
    return {
      sent: request(
        "/v1/chat/completions",
        `{"messages":[{"role":"user","content":"a"}],${fields},${format}}`,
      ),
    };
  },
  deserters: (rng) => {
    const body = JSON.stringify({
      ...question,
      max_tokens: 100,
      stream: true,
      n: 1 + rng.below(4),
      temperature: 1,
    });
    return { sent: request("/v1/chat/completions", body), options: { resetAfter: 1 + rng.below(900) } };
  },
});
