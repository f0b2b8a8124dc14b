// The chat of the command line: conversations that are kept, with their versions, whatever happens to the program.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parrotlet, parrotletOnTerminal, steps, temporaryFolder } from "./run-cli.ts";

const hasTerminals = spawnSync("script", ["-qec", "true", "/dev/null"]).status === 0;
const home = temporaryFolder();
const chat = (input: string, ...args: string[]) => parrotlet(["chat", ...args], { home, input });
/** Settings that name the server, so that a conversation goes on with it. */
const known = () => ({ PARROTLET_OPENAI_URL: url.replace(/^openai:|#.*/g, "") });
const lines = (out: string): string[] => out.trimEnd().split("\n");

/** Answers with the number of messages that it got, letter by letter; where it is asked to be slow, for ever. */
let server: Server;
let url = "";
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let text = "";
    for await (const piece of request) text += String(piece);
    if (!request.url?.endsWith("/chat/completions")) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ data: [{ id: "echo", context_length: 120 }] }));
      return;
    }
    const { messages } = JSON.parse(text) as { messages: { role: string; content: string }[] };
    const isSlow = messages.at(-1)?.content.includes("slow") ?? false;
    response.setHeader("content-type", "text/event-stream");
    const said = `**${messages.length}** ${messages.map(({ role }) => role[0]).join("")}.`;
    const tell = (content: string, finish_reason: string | null = null): unknown =>
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason }] })}\n\n`);
    tell(said);
    const timer = isSlow ? setInterval(() => tell(" and on"), 20) : undefined;
    response.on("close", () => clearInterval(timer));
    if (isSlow) return;
    tell("", "stop");
    response.end("data: [DONE]\n\n");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  url = `openai:http://127.0.0.1:${(server.address() as AddressInfo).port}/v1#echo`;
  expect((await parrotlet(["train", "tinytalks"], { home })).code).toBe(0);
}, 60_000);
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe("a conversation in the console", () => {
  it("has versions: said otherwise, answered again, taken back, put back, forked", async () => {
    const { out } = await chat(
      [
        ...["/system Be brief", "one", "two", "/edit 1 uno", "/history", "/versions mine 1", "/history"],
        ...[
          "/undo",
          "/redo",
          "/retry",
          "/versions",
          "/retry 1",
          "/fork 1",
          "/history",
          "/edit 7",
          "/versions 9",
        ],
      ].join("\n"),
      url,
    );
    expect(lines(out)).toEqual([
      "The system says: Be brief",
      "**2** su.",
      "**4** suau.",
      "**2** su.",
      ...["    system  Be brief", "  1 you uno (version 2 of 2)", "    echo **2** su."],
      ...["* 1 one", "  2 uno"],
      ...["    system  Be brief", "  1 you one (version 1 of 2)", "    echo **2** su."],
      ...["  2 you two", "    echo **4** suau."],
      "Taken back: two (/redo puts it back)",
      ...["  2 you two", "    echo **4** suau."],
      "**4** suau.",
      ...["  1 echo: **4** suau.", "* 2 echo: **4** suau."],
      "**4** suau.",
      "This is another conversation now, with 2 messages.",
      ...["    system  Be brief", "  1 you one", "    echo **2** su."],
      "There is no message 7. You have said 1: /history.",
      "There is no version 9. There is one version: /versions.",
    ]);
  });

  it("goes on with another model, and with nothing lost when that cannot be found", async () => {
    const { out } = await chat(`Hi\n/model ${url}\nAnd you?\n/model nobody\nStill?\n/stats\n`, "tinytalks");
    expect(out).toMatch(
      /^Hello! How can I help you\?\nThis is echo now\.\n\*\*3\*\* uau\.\nNo model is called/,
    );
    expect(out).toMatch(/\*\*5\*\* uauau\.\n/);
    expect(out).toMatch(/\ncontext {2}[█░]{30} about \d+ of 120 tokens\ntotal {4}3 replies/);
  });

  it("says what no longer fits, and goes on", async () => {
    const long = "x".repeat(150);
    const { out } = await chat(`${long}\n${long}\n${long}\n/history\n`, url, "--max-new-tokens", "20");
    expect(out).toMatch(/\n· 1 you x+[\s\S]*\n· {3}echo [\s\S]*\n {2}3 you x+/);
    expect(out).toMatch(/· echo no longer sees \d of these messages\.\n$/);
  });

  it("says where a model sees one message at a time", async () => {
    const { out } = await chat("Hi\nIs grass green\n/history\n", "tinytalks");
    expect(out).toMatch(/\n· 1 you Hi\n· {3}tinytalks@2000 Hello! .*\n {2}2 you Is grass green\n/);
    expect(out).toMatch(/\n· tinytalks@2000 sees one message at a time\.\n$/);
  });

  it("takes the number of tokens in the settings as the most, where the window is smaller, too", async () => {
    const env = { PARROTLET_MAX_NEW_TOKENS: "5000" };
    const { out, err, code } = await parrotlet(["chat", "tinytalks", "--private"], {
      ...{ home, env },
      input: "Hi\n/params\n",
    });
    expect([code, err]).toEqual([0, expect.not.stringContaining("5000")]);
    expect(out).toMatch(/maxNewTokens .*up to 5000/);
  });

  it("takes messages of several lines, and settings by their names", async () => {
    const { out } = await chat(
      [
        '"""',
        "one",
        "",
        "/two",
        '"""',
        "/history",
        "a\\",
        "/set top-p 0.5",
        "/set tempratur 1",
        "/set seed 2.5",
      ]
        .concat(['/set stopSequences ["a","b"]', "/set logitBias 5=-100 7=3", "/set format json", "/params"])
        .concat(["/set topP default", "/set format x"])
        .join("\n"),
      url,
    );
    expect(out).toContain("  1 you one /two");
    expect(out).toContain("**3** uau."); // a backslash in a pipe is a letter
    expect(out).toContain("topP is 0.5\n");
    expect(out).toContain('There is no setting "tempratur". Did you mean temperature?');
    expect(out).toContain("seed is 2.5; it must be a whole number from 0 to 4294967295.");
    expect(out).toMatch(/\* stopSequences +\["a","b"\]/);
    expect(out).toMatch(/\* logitBias +\{"5":-100,"7":3\}/);
    expect(out).toMatch(/\n {2}topK +0 - .*; 0 to 1,000,000\n/);
    expect(out).toContain("topP is 0.95\n");
    expect(out).toContain("format: It must be json, /a regular expression/ or the path of a JSON schema");
  });

  it("compares any two models, and this one with another", async () => {
    const { out } = await chat(
      `/compare tinytalks ${url} Hi\n/compare 0 250 Hi\n/compare ${url} Bye now\n`,
      "tinytalks",
    );
    expect(out).toMatch(/^model +Hi\ntinytalks@2000 +Hello! How can I help you\?\necho +\*\*1\*\* u\.\n/);
    expect(out).toMatch(/\ntinytalks@0 .*\ntinytalks@250 /);
    const same = await chat(`/compare ${url} x\n`, url, "--json");
    expect(JSON.parse(same.out)).toEqual({
      message: "x",
      replies: { echo: "**1** u.", "echo (2)": "**1** u." },
    });
    expect(out).toMatch(/model +Bye now\ntinytalks@2000 +.+\necho +\*\*1\*\* u\.\n$/);
  });
});

describe("what is kept", () => {
  it("is loaded by number, name and words, and goes on by a flag with the model that answered", async () => {
    const at = temporaryFolder();
    const talk = (input: string, ...args: string[]) =>
      parrotlet(["chat", ...args], { home: at, input, env: known() });
    await talk("an elephant\n/save Trip\n", url);
    await talk("a mouse\n", url);
    expect((await talk("a third\n/history\n", "--continue")).out).toBe(
      "**3** uau.\n  1 you a mouse\n    echo **1** u.\n  2 you a third\n    echo **3** uau.\n",
    );
    expect((await talk("more\n", "--resume", "Trip")).out).toBe("**3** uau.\n");
    const { out } = await talk("/load\n/load third\n/load TRIP\n/load nowhere\n/load 9\n/load Trip\n", url);
    expect(out).toMatch(/^ +conversation .*\n 1 +Trip +4 messages +echo +just now\n 2 +a mouse +4 messages/);
    expect(out).toMatch(/2 you a third[\s\S]*1 you an elephant/);
    expect(out).toMatch(/No conversation is called "nowhere", and in none was that said\./);
    expect(readdirSync(join(at, "conversations"))).toHaveLength(2);
    const { code, err } = await talk("", "--resume", "Trap");
    expect([code, err]).toEqual([1, expect.stringContaining("conversation-not-found")]);
  });

  it("goes on with no server that the settings do not name, unless it is asked to", async () => {
    const at = temporaryFolder();
    const talk = (input: string, ...args: string[]) => parrotlet(["chat", ...args], { home: at, input });
    await talk("one\n", url);
    const { out, err } = await talk("Hi\n", "--continue");
    expect(err).toContain(`${JSON.stringify(url)}, which answered last, is no model of this workspace`);
    expect(out).not.toContain("**3**");
    expect((await talk("two\n", url, "--continue")).out).toMatch(/^\*\*[35]\*\* uau/);
  });

  it("is nothing where that is asked for, until it is saved", async () => {
    const at = temporaryFolder();
    const talk = (input: string, flag: string) => parrotlet(["chat", url, flag], { home: at, input });
    await talk("hello\n/retry\n/fork\nmore\n", "--private");
    await talk("hello\n", "--no-save");
    expect(existsSync(join(at, "conversations"))).toBe(false);
    await talk("hello\n/save\nmore\n", "--private");
    const [file = ""] = readdirSync(join(at, "conversations"));
    expect(lines(readFileSync(join(at, "conversations", file), "utf8"))).toHaveLength(5);
  });

  it("is nothing where it cannot be written, and the conversation goes on", async () => {
    const at = temporaryFolder();
    writeFileSync(join(at, "conversations"), "no folder");
    const { out, err } = await parrotlet(["chat", url], { home: at, input: "one\ntwo\n" });
    expect(out).toBe("**1** u.\n**3** uau.\n");
    expect(err.match(/What is said is not kept: /g)).toHaveLength(1);
  });

  it("goes to files and comes back", async () => {
    const at = temporaryFolder();
    const talk = (input: string) => parrotlet(["chat", url], { home: at, input });
    const first = await talk(
      "/export x.md\nhello\n/export talk.md\n/export talk.json\n/export o.json --as openai\n/export talk.md\n/export x.txt\n",
    );
    expect(first.out).toContain(`Written: ${join(at, "talk.md")}`);
    expect(first.out).toContain("talk.md is there already. Name another file.");
    expect(first.out).toContain("The file must end with .md or .json.");
    expect(JSON.parse(readFileSync(join(at, "o.json"), "utf8"))).toEqual({
      messages: [
        { role: "user", content: "hello" },
        { role: "assistant", content: "**1** u." },
      ],
    });
    writeFileSync(join(at, "bad.json"), "[1]");
    const again = await talk(
      "/import talk.md\nx\n/import o.json\nx\n/import talk.json\nx\n/import bad.json\n/import none.md\n",
    );
    expect(again.out.match(/\*\*3\*\* uau\./g)).toHaveLength(3);
    expect(again.out).toContain("A message is 1; it must be an object.");
    expect(again.out).toMatch(/none\.md cannot be read: there is no such file\.\n$/);
  });

  it("outlives the program: who is killed loses the reply that is being made, and nothing else", async () => {
    const at = temporaryFolder();
    const killed = await parrotlet(["chat", url], {
      home: at,
      input: "first\nand slow\nnever read\n",
      started: steps([/and on/, (child) => child.kill("SIGKILL")]),
    });
    expect([killed.code, killed.out]).toEqual([
      null,
      expect.stringMatching(/^\*\*1\*\* u\.\n\*\*3\*\* uau\. and on/),
    ]);
    const { out } = await parrotlet(["chat", "-c"], {
      home: at,
      env: known(),
      input: "/history\n/model tinytalks\n/edit 2 quick\n",
    });
    expect(out).toMatch(/^ {2}1 you first\n {4}echo \*\*1\*\* u\.\n {2}2 you and slow\n/);
    const input = "/edit 2 quick\n/history\n";
    const retried = await parrotlet(["chat", "-c"], { home: at, env: known(), input });
    expect(retried.out).toMatch(
      /^\*\*3\*\* uau\.\n[\s\S]* {2}2 you quick \(version \d of \d\)\n {4}echo \*\*3\*\* uau\.\n$/,
    );
  });
});

describe("a text in the console", () => {
  it("is gone on with, again and further", async () => {
    const at = temporaryFolder();
    writeFileSync(join(at, "abc.txt"), "abcdefgh\n".repeat(400));
    const small = ["--width", "16", "--layers", "1", "--heads", "2", "--context", "16", "--steps", "150"];
    expect((await parrotlet(["train", "abc.txt", ...small], { home: at })).code).toBe(0);
    const input = "abc\n/tokens 4\n/retry\n/continue\n/versions\n/edit def\n/generate\n";
    const { out, err } = await parrotlet(["chat", "abc", "--temperature", "0"], { home: at, input });
    expect(out).toMatch(/^abc(defgh\nabc){40}/); // far beyond the window
    expect(out).toContain("* 3 abc@150: defgh ab\ndefgh");
    expect(out).toContain("maxNewTokens is 4\nabcdefg\nh\nab\n");
    expect(err).toContain("(cut: see /tokens)\n(cut");
  });
});

describe.runIf(hasTerminals)("the console on a terminal", () => {
  it("takes lines with breaks, shows Markdown, stops a reply on Ctrl-C and keeps what came", async () => {
    const { code, out } = await parrotletOnTerminal(["chat", url], {
      home,
      started: steps(
        ["Leave with /quit", "one\\\r"],
        ["... ", "two\r"],
        [/u\.[\s\S]*you /, "\u001b[200~slow\nand\u001b[201~ more\r"],
        [/and on and on/, "\u0003"],
        ["(stopped)", "/history\r"],
        [/you slow and more[\s\S]*and on[\s\S]*you /, '"""\r'],
        ["... ", "\u0003"],
        ["you ", "/compare tinytalks Hi\r"],
        [/26 tokens/, "\u0004"],
      ),
    });
    expect(code).toBe(0);
    expect(out).toContain("What is said is kept: /load");
    expect(out).toMatch(/1 you one two/);
    // The number in bold, without its stars.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what bold is
    expect(out).toMatch(/\u001b\[1m1\u001b\[22m u\./);
    expect(out).toMatch(/tinytalks@2000[\s\S]*Hello! How can I help you\?/);
  });

  it("shows replies as they are where that is wanted, and begins where a conversation ended", async () => {
    await parrotlet(["chat", url], { home, input: "what was said\n" });
    const { code, out } = await parrotletOnTerminal(["chat", "-c", "--plain"], {
      home,
      env: known(),
      columns: 120,
      started: steps(
        [/you what was said[\s\S]*you /, "\u001b[A!\r"],
        [/\*\*3\*\*[\s\S]*you /, "/compare tinytalks Hi\r"],
        [/26 tokens/, "/quit\r"],
      ),
    });
    expect(code).toBe(0);
    expect(out).toContain("**3** uau.");
    expect(out).toMatch(/│.*Hello! How can I help you\?/);
    expect((await parrotlet(["chat", "-c"], { home, env: known(), input: "/history\n" })).out).toContain(
      "2 you what was said!",
    );
  });
});
