import { render } from "ink";
import { Dashboard } from "./dashboard.tsx";
import type { Show } from "./show.ts";

/** Plays a show on the terminal; `chat` is called, with the dashboard away, whenever the person wants to talk. */
export async function playOnTerminal(show: Show, chat: (step: number) => Promise<void>): Promise<void> {
  for (;;) {
    const app = render(<Dashboard show={show} />, { exitOnCtrlC: false });
    try {
      const why = await show.play();
      if (why === "ended") return;
    } finally {
      app.unmount();
      await app.waitUntilExit();
    }
    await chat(show.snapshot().checkpoints.at(-1)?.step ?? 0);
  }
}
