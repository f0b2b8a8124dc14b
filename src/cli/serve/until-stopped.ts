import { EXIT } from "../terminal.ts";

/**
 * Waits for somebody to end the program, then closes. Who asks a second time does not want to wait.
 *
 * @param close Is told nothing and may take its time.
 */
export async function untilStopped(close: (signal: string) => Promise<void>): Promise<number> {
  const codes = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hungUp } as const;
  let asked = false;
  let stop: (signal: string) => void = () => undefined;
  const stopped = new Promise<string>((resolve) => {
    stop = resolve;
  });
  const handlers = Object.entries(codes).map(([signal, exit]) => {
    const handler = (): void => {
      if (asked) process.exit(exit);
      asked = true;
      stop(signal);
    };
    process.on(signal, handler);
    return [signal, handler] as const;
  });
  try {
    await close(await stopped);
    return EXIT.ok;
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  }
}
