import { PassThrough } from "node:stream";
import { LineBreaks, PASTE_OFF, PASTE_ON } from "./line-breaks.ts";

/**
 * What is typed, as a stream of its own. Readline pauses the stream it reads from when it closes, and a paused stdin wakes
 * up for nobody: the dashboard would be deaf after a chat.
 */
export function openKeyboard(): { input: PassThrough; close: () => void } {
  const { stdin } = process;
  const input = new PassThrough();
  const breaks = new LineBreaks();
  const forward = (): void => {
    for (let chunk: unknown = stdin.read(); chunk !== null; chunk = stdin.read())
      input.write(breaks.push(String(chunk)));
  };
  const end = (): void => void input.end();
  stdin.setEncoding("utf8");
  stdin.setRawMode(true);
  process.stdout.write(PASTE_ON);
  stdin.ref();
  stdin.on("readable", forward);
  stdin.on("end", end);
  return {
    input,
    close: () => {
      process.stdout.write(PASTE_OFF);
      stdin.off("readable", forward);
      stdin.off("end", end);
      stdin.setRawMode(false);
      stdin.unref();
    },
  };
}
