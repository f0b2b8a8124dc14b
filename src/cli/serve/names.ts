import { hostname, networkInterfaces } from "node:os";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Names that a server on an address is reached by. Where it listens on all addresses, all of this machine's and its own name. */
export function namesOf(host: string, more: readonly string[]): string[] {
  const bracketed = (address: string): string =>
    address.includes(":") && !address.startsWith("[") ? `[${address.replace(/%.*/, "")}]` : address;
  const everywhere = host === "0.0.0.0" || host === "::" || host === "[::]";
  const all = Object.values(networkInterfaces()).flatMap((each) =>
    (each ?? []).map(({ address }) => address),
  );
  const own = everywhere ? [...all, hostname(), `${hostname()}.local`] : [host];
  return [...new Set([...LOOPBACK, ...own, ...more].map(bracketed))];
}
