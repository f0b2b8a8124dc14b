import { render } from "ink";
import { Dashboard } from "./dashboard.tsx";
import type { Show } from "./show.ts";

/** Plays a show on the terminal; `chat` is called, with the dashboard away, whenever the person wants to talk. */
export async function playOnTerminal(show: Show, chat: (step: number) => Promise<void>): Promise<void> {
  for (;;) {
    const app = render(<Dashboard show={show} />, { exitOnCtrlC: false });
    // Rejects where drawing fails: then there is nothing to go on with.
    const drawn = app.waitUntilExit();
    const why = await Promise.race([show.play(), drawn.then(() => "ended" as const)]);
    app.unmount();
    await drawn;
    if (why === "ended") return;
    await chat(show.snapshot().checkpoint?.step ?? 0);
  }
}
