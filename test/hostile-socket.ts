import { connect, type Socket } from "node:net";

/** What a socket was answered. */
export interface Heard {
  readonly statuses: readonly number[];
  readonly text: string;
  /** The server ended it, rather than the bound of time. */
  readonly ended: boolean;
}

export interface SayOptions {
  /** Then it is a hang. @default 10,000 ms */
  readonly most?: number;
  /** Says that nothing more comes, once all is sent. @default false */
  readonly finish?: boolean;
  /** Goes away after so many bytes were heard. @default never */
  readonly resetAfter?: number;
}

/** Bytes of a text, in which letters up to U+00FF stand for bytes themselves. */
export const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** Sends bytes as they are, and hears what comes until the server closes. */
export function say(port: number, sent: Uint8Array, options: SayOptions = {}): Promise<Heard> {
  const { most = 10_000, finish = false, resetAfter = Number.POSITIVE_INFINITY } = options;
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let length = 0;
    const socket: Socket = connect(port, "127.0.0.1", () => {
      if (finish) socket.end(sent);
      else socket.write(sent);
    });
    const end = (ended: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(parts).toString("latin1");
      const statuses = [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map(([, status]) => Number(status));
      resolve({ statuses, text, ended });
    };
    const timer = setTimeout(end, most, false);
    socket.on("data", (data) => {
      parts.push(data);
      length += data.length;
      if (length >= resetAfter) {
        socket.resetAndDestroy();
        end(true);
      }
    });
    socket.on("close", () => end(true)).on("error", () => end(true));
  });
}

/** A whole request, after which the connection is closed. */
export function request(
  path: string,
  body: string | Uint8Array | undefined = undefined,
  { method = body === undefined ? "GET" : "POST", headers = "" } = {},
): Buffer {
  const content = typeof body === "string" ? Buffer.from(body) : body;
  const length =
    content === undefined ? "" : `Content-Type: application/json\r\nContent-Length: ${content.length}\r\n`;
  const host = /^host:/im.test(headers) ? "" : "Host: localhost\r\n";
  const head = `${method} ${path} HTTP/1.1\r\n${host}Connection: close\r\n${length}${headers}\r\n`;
  return Buffer.concat([bytes(head), content ?? Buffer.alloc(0)]);
}
