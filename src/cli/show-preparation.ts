import type { PrepareProgress } from "../node/index.ts";
import { bytes, isInteractive, print } from "./terminal.ts";

/** Says how far the reading of data is: a line that changes on a terminal, and a line at the end in a pipe. */
export function showPreparation({ json = false, quiet = json }: { json?: boolean; quiet?: boolean }): {
  progress: (progress: PrepareProgress) => void;
  end: () => void;
} {
  const shown = isInteractive() && !json && !quiet;
  const started = performance.now();
  let last: PrepareProgress | undefined;
  return {
    progress: (progress) => {
      last = progress;
      if (shown) process.stdout.write(`\r\x1b[K${describe(progress, started)}`);
    },
    end: () => {
      if (!last || json || quiet) return;
      if (shown) process.stdout.write("\r\x1b[K");
      else print(`${last.what} took ${((performance.now() - started) / 1000).toFixed(1)} s`);
    },
  };
}

function describe({ what, done, bytes: all }: PrepareProgress, started: number): string {
  const seconds = (performance.now() - started) / 1000;
  const share = all > 0 ? Math.min(1, done / all) : 1;
  const left = share > 0 ? (seconds * (1 - share)) / share : 0;
  return `  ${what} ${bytes(done)} of ${bytes(all)}, ${Math.ceil(left)} s left ...`;
}
