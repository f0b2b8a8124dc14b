/** What the reports have in common. */
import { availableParallelism, cpus } from "node:os";

/** A table of rows of cells; the first row is its head. */
export function table([head, ...rows]) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "-")), ...rows.map(line)].join("\n");
}

/** The machine, what else is given, and the day. */
export function circumstances(...more) {
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`;
  return [machine, ...more, `Node ${process.version}`, day].join(", ");
}

export const say = (line) => void process.stdout.write(`${line}\n`);
