// Talks to a model through `parrotlet serve`, in a conversation that the server keeps.
//
//     node examples/chat-over-http.mjs [URL] ["What you say" ...]
const [url = "http://127.0.0.1:7277", ...sayings] = process.argv.slice(2);
const key = process.env.PARROTLET_API_KEY;

const headers = { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) };

const ask = async (path, options) => {
  const response = await fetch(`${url}/api/${path}`, { headers, ...options });
  if (!response.ok) throw new Error((await response.json()).error.message);
  return response;
};
const send = (path, body) => ask(path, { method: "POST", body: JSON.stringify(body) });

/** The events of a stream: each ends with an empty line, and its data are JSON. */
async function* eventsOf(response) {
  let text = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    text += piece;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) yield JSON.parse(data.slice("data: ".length));
    }
  }
}

/** Prints a reply as it comes. */
async function print(response) {
  for await (const event of eventsOf(response)) {
    if (event.type === "prompt" && event.dropped.length > 0)
      console.log(`(it no longer sees ${event.dropped.length} messages)`);
    if (event.type === "delta") process.stdout.write(event.text);
    if (event.type === "end") console.log(`\n(${event.finish}, ${event.usage.completionTokens} tokens)`);
    if (event.error) throw new Error(event.error.message);
  }
}

const { id } = await (await send("conversations", { title: "From a program" })).json();
for (const text of sayings.length > 0 ? sayings : ["Hello!"]) {
  console.log(`> ${text}`);
  await print(await send(`conversations/${id}/messages`, { text }));
}

// The same again, by chance this time. Both replies are kept, as versions of one message.
console.log("Once more:");
await print(await send(`conversations/${id}/retry`, { config: { temperature: 0.8, seed: 7 } }));

const { messages, path } = await (await ask(`conversations/${id}`)).json();
console.log(`Kept: ${messages.length} messages, ${path.length} of them on the path.`);
