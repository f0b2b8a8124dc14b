/**
 * Clients of a server, in a process of their own: each asks, reads the stream to its end, and asks again. It is told what to do by
 * messages of the parent process, and answers each with what the clients saw.
 */
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What children say to Pip; the last of each conversation is asked. Stories are the longest that Pip says. */
const CONVERSATIONS = [
  ["Hi Pip! Who are you?", "I am Pip, a little parrot.", "What can you do?"],
  ["Tell me a story."],
  ["Hello!", "Hello! How are you?", "I am sad.", "I am sorry. What happened?", "My friend moved away."],
  ["Do you know a story about a cat?"],
  ["What color is a frog?", "A frog is green.", "And what does it eat?"],
  ["Please tell me a story about a bear and a friend."],
  ["What is your name?"],
  ["Tell me another story, a long one."],
];

/** @param eos The token that may not come, so that each reply has its most tokens; undefined lets the model end. */
function bodyOf(seed, { maxTokens, eos }) {
  const words = CONVERSATIONS[seed % CONVERSATIONS.length];
  return JSON.stringify({
    messages: words.map((content, at) => ({ role: at % 2 === 0 ? "user" : "assistant", content })),
    stream: true,
    stream_options: { include_usage: true },
    temperature: [0, 0.7, 1][seed % 3],
    seed,
    max_tokens: maxTokens,
    ...(eos === undefined ? {} : { logit_bias: { [eos]: -100 } }),
  });
}

/** One request, read to its end. Throws where anything is not as it should be. */
function ask(agent, port, body) {
  const begun = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(
      { agent, host: "127.0.0.1", port, path: "/v1/chat/completions", method: "POST", headers },
      (response) => {
        const { statusCode: status, headers: given } = response;
        let text = "";
        let chunks = 0;
        let first = 0;
        response.setEncoding("utf8");
        response.on("data", (chunk) => {
          chunks++;
          text += chunk;
          if (first === 0 && /"content":"[^"]/.test(text)) first = performance.now() - begun;
          // Of a stream, only its end is wanted once it has begun.
          else if (first > 0 && text.length > 8192) text = text.slice(-4096);
        });
        response.on("error", reject);
        response.on("end", () => {
          const total = performance.now() - begun;
          if (status === 429) {
            const retryAfter = Number(given["retry-after"]);
            resolve({ refused: true, retryAfter, total });
            return;
          }
          const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1]);
          const whole = status === 200 && text.endsWith("data: [DONE]\n\n") && tokens > 0;
          if (whole) resolve({ tokens, first: first || total, total, chunks });
          else reject(new Error(`status ${status}, which ended with ${JSON.stringify(text.slice(-300))}`));
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Clients that ask again and again; of what began before the warm-up is over, nothing counts but tokens of replies that end later. */
async function stream({ port, clients, warmSeconds, seconds, seed, ...what }) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const begun = performance.now();
  const [from, to] = [begun + 1000 * warmSeconds, begun + 1000 * (warmSeconds + seconds)];
  const seen = { tokens: 0, replies: 0, chunks: 0, refused: 0, errors: [], firsts: [], totals: [] };
  const client = async (number) => {
    for (let turn = 0; performance.now() < to; turn++) {
      try {
        const reply = await ask(agent, port, bodyOf(seed + 1001 * turn + number, what));
        if (reply.refused) {
          seen.refused++;
          await sleep(1000 * reply.retryAfter);
          continue;
        }
        const now = performance.now();
        if (now < from || now > to) continue;
        seen.tokens += reply.tokens;
        seen.replies++;
        seen.chunks += reply.chunks;
        seen.firsts.push(reply.first);
        seen.totals.push(reply.total);
      } catch (error) {
        seen.errors.push(String(error.message));
        await sleep(100);
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  agent.destroy();
  return { ...seen, seconds };
}

/** Clients that all ask at once; who is refused asks again when told to, until it has a reply or the time is over. */
async function crowd({ port, clients, seconds, seed, ...what }) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const until = performance.now() + 1000 * seconds;
  const seen = { served: 0, refused: 0, retryAfter: [], errors: [], firsts: [], given: 0 };
  const client = async (number) => {
    while (performance.now() < until) {
      try {
        const reply = await ask(agent, port, bodyOf(seed + number, what));
        if (!reply.refused) {
          seen.served++;
          seen.firsts.push(reply.first);
          return;
        }
        seen.refused++;
        if (!(reply.retryAfter >= 1)) seen.errors.push(`Retry-After is ${reply.retryAfter}`);
        seen.retryAfter.push(reply.retryAfter);
        await sleep(1000 * reply.retryAfter + Math.abs(Math.sin(number)) * 1000);
      } catch (error) {
        seen.errors.push(String(error.message));
        return;
      }
    }
    seen.given++;
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  agent.destroy();
  return seen;
}

const acts = { stream, crowd };
process.on("message", async ({ act, ...options }) => {
  const before = process.cpuUsage();
  const result = await acts[act](options);
  const { user, system } = process.cpuUsage(before);
  process.send({ ...result, cpuSeconds: (user + system) / 1e6 });
});
process.send("ready");
