import type { ChatBackend, ReplyEvent, ReplyOptions } from "../../chat/index.ts";
import type { GenerationConfig } from "../../generate/index.ts";

type End = Extract<ReplyEvent, { type: "end" }>;

/** A part of a text gets at least this much of the context window, so that the window does not slide all the time. */
const SHARE = 1 / 2;
/** Tokens that a model may put before a text. */
const MARGIN = 2;

/**
 * Goes on with a text of any length, beyond the context window: where that is full, its last half is read again, and the model goes on
 * from there. A text that must match a format ends with the window. A stop sequence is not seen where the window slides in its middle.
 */
export async function* goOn(
  backend: ChatBackend,
  text: string,
  config: GenerationConfig,
  options: ReplyOptions = {},
): AsyncGenerator<ReplyEvent, void> {
  let [all, left] = [text, config.maxNewTokens];
  let whole: End | undefined;
  for (let part = 0; ; part++) {
    const { seen, room } = await inSight(backend, all, part > 0 ? Number.POSITIVE_INFINITY : left);
    const maxNewTokens = Math.max(1, Math.min(left, room));
    const seed = (config.seed + part) % 2 ** 32;
    let end: End | undefined;
    for await (const event of backend.complete(seen, { ...config, maxNewTokens, seed }, options)) {
      if (event.type === "end") end = event;
      else {
        all += event.text;
        yield event;
      }
    }
    if (!end) return;
    whole = whole ? joined(whole, end) : end;
    left -= end.usage.completionTokens;
    const stuck = end.usage.completionTokens === 0 || config.format !== undefined;
    if (end.finish !== "length" || left <= 0 || stuck) return yield whole;
  }
}

function joined(a: End, b: End): End {
  const { promptTokens } = a.usage;
  const { queued, firstToken } = a.timing;
  return {
    ...b,
    usage: {
      ...b.usage,
      promptTokens,
      completionTokens: a.usage.completionTokens + b.usage.completionTokens,
    },
    timing: { queued, firstToken, total: a.timing.total + b.timing.total },
  };
}

/** The end of a text that leaves room for `wanted` tokens or half of the window: all of it, where it does. */
async function inSight(
  backend: ChatBackend,
  text: string,
  wanted: number,
): Promise<{ readonly seen: string; readonly room: number }> {
  const window = backend.contextWindow - MARGIN;
  const least = Math.min(wanted, Math.ceil(window * SHARE));
  // No token is longer than this on average: what is before cannot be in sight.
  let seen = text.slice(-64 * backend.contextWindow);
  for (;;) {
    const room = window - (await backend.countTextTokens(seen));
    if (room >= least || seen === "") return { seen, room };
    const share = (window - least) / (window - room);
    seen = fromCharacter(seen, Math.max(1, Math.ceil(seen.length * (1 - share))));
  }
}

/** The end of a text; a character of two halves is not cut. */
const fromCharacter = (text: string, start: number): string =>
  text.slice(/[\uDC00-\uDFFF]/.test(text[start] ?? "") ? start + 1 : start);
