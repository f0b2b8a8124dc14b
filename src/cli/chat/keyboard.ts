import { PassThrough } from "node:stream";

/**
 * What is typed, as a stream of its own. Readline pauses the stream it reads from when it closes, and a paused stdin wakes
 * up for nobody: the dashboard would be deaf after a chat.
 */
export function openKeyboard(): { input: PassThrough; close: () => void } {
  const { stdin } = process;
  const input = new PassThrough();
  const forward = (): void => {
    for (let chunk: unknown = stdin.read(); chunk !== null; chunk = stdin.read()) input.write(chunk);
  };
  const end = (): void => void input.end();
  stdin.setEncoding("utf8");
  stdin.setRawMode(true);
  stdin.ref();
  stdin.on("readable", forward);
  stdin.on("end", end);
  return {
    input,
    close: () => {
      stdin.off("readable", forward);
      stdin.off("end", end);
      stdin.setRawMode(false);
      stdin.unref();
    },
  };
}
