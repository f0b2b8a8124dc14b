import { describeChatBackend } from "./backend.contract.ts";
import { ScriptedBackend } from "./scripted-backend.contract.ts";

const message = "Twenty quick ants.";

describeChatBackend("a scripted backend", async () => new ScriptedBackend({ abilities: { formats: [] } }), {
  message,
  reply: ".stna kciuq ytnewT",
  varied: false,
});

describeChatBackend(
  "a scripted backend of few abilities",
  async () => {
    const abilities = { formats: [], logprobs: false, embeddings: false, system: false } as const;
    return new ScriptedBackend({ abilities, delay: 1 });
  },
  { message, varied: false },
);
