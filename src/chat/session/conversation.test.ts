import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conversation } from "./conversation.ts";
import { countingSources, historyStep, played } from "./fixtures.contract.ts";
import { recordLine, recordsOfLines } from "./record-lines.ts";

/** Says texts in turn, and gives the ids of the messages. */
function say(conversation: Conversation, ...texts: readonly string[]): string[] {
  return texts.map((text) => {
    const { head } = conversation;
    const record =
      head?.role === "user" ? conversation.reply(head.id, { text }) : conversation.userMessage(text);
    conversation.append(record);
    return record.id;
  });
}
const texts = (conversation: Conversation): string[] => conversation.path.map(({ text }) => text);

describe("a conversation", () => {
  it("keeps versions of what the user says, with what followed each", () => {
    const talk = Conversation.begin(countingSources());
    const [, , asked = ""] = say(talk, "Hi", "Hello", "How old?", "Two");
    talk.append(talk.edited(asked, "How tall?"));
    expect(texts(talk)).toEqual(["Hi", "Hello", "How tall?"]);
    say(talk, "Ten");
    const now = talk.path[2]?.id ?? "";
    expect(talk.versions(now).index).toBe(1);
    expect(talk.versions(now).versions.map(({ text }) => text)).toEqual(["How old?", "How tall?"]);
    talk.append(talk.chosenBeside(now, -1));
    expect(texts(talk)).toEqual(["Hi", "Hello", "How old?", "Two"]);
    talk.append(talk.chosenBeside(asked, 1));
    expect(texts(talk)).toEqual(["Hi", "Hello", "How tall?", "Ten"]);
    expect(() => talk.chosenBeside(now, 1)).toThrow("That is the last of 2 versions.");
  });

  it("keeps versions of replies, and replies that went on with others", () => {
    const talk = Conversation.begin(countingSources());
    const [asked = "", first = ""] = say(talk, "Hi", "Hel");
    talk.append(talk.reply(asked, { text: "Yo" }));
    expect(texts(talk)).toEqual(["Hi", "Yo"]);
    talk.append(talk.continued(first, { text: "Hello" }));
    expect(talk.head).toMatchObject({ text: "Hello", continues: first, parent: asked });
    expect(talk.versions(first).versions).toHaveLength(3);
    talk.append(talk.chosen(first));
    expect(texts(talk)).toEqual(["Hi", "Hel"]);
  });

  it("undoes exchanges and puts them back, until something else is said", () => {
    const talk = Conversation.begin(countingSources());
    say(talk, "Hi", "Hello", "Bye", "Goodbye");
    talk.append(talk.undone());
    expect(texts(talk)).toEqual(["Hi", "Hello"]);
    talk.append(talk.undone());
    expect(texts(talk)).toEqual([]);
    expect(() => talk.undone()).toThrow("Nothing was said that could be undone.");
    talk.append(talk.redone());
    talk.append(talk.redone());
    expect(texts(talk)).toEqual(["Hi", "Hello", "Bye", "Goodbye"]);
    talk.append(talk.undone());
    say(talk, "And");
    expect(() => talk.redone()).toThrow("Nothing was undone that could be put back.");
    expect(talk.messages).toHaveLength(5);
  });

  it("forks with the path up to a message, and says where from", () => {
    const talk = Conversation.begin(countingSources(), { title: "Birds", system: "Chirp." });
    const [first = "", reply = ""] = say(talk, "Hi", "Hel", "Bye");
    talk.append(talk.continued(reply, { text: "Hello" }));
    const fork = talk.fork();
    expect(fork).toMatchObject({ title: "Birds", system: "Chirp." });
    expect(fork.forkedFrom).toEqual({ conversation: talk.id, message: talk.head?.id });
    expect(texts(fork)).toEqual(["Hi", "Hello"]);
    expect(texts(talk.fork(first))).toEqual(["Hi"]);
    say(fork, "More");
    expect(talk.messages).toHaveLength(4);
    expect(texts(Conversation.begin(countingSources()).fork())).toEqual([]);
  });

  it("refuses records that do not go with those before", () => {
    const talk = Conversation.begin(countingSources());
    const record = talk.userMessage("Hi");
    talk.append(record);
    expect(() => talk.append(record)).toThrow('There are two messages "a2".');
    expect(() => talk.append({ ...record, id: "x", parent: "y" })).toThrow('names the message "y"');
    expect(() => talk.append({ type: "head", head: "z", why: "choose", at: record.at })).toThrow('"z"');
    expect(() => Conversation.fromRecords([record], countingSources())).toThrow("first record");
    expect(() => talk.reply("nope", { text: "" })).toThrow('There is no message "nope"');
    expect(talk.records).toHaveLength(2);
  });
});

const stateOf = (talk: Conversation) => [
  talk.id,
  talk.title,
  talk.system,
  talk.path,
  talk.messages,
  talk.canRedo,
];

describe("the records of a conversation", () => {
  it("make the same conversation again, through lines too", () => {
    fc.assert(
      fc.property(fc.array(historyStep, { maxLength: 30 }), (steps) => {
        const talk = played(steps);
        const lines = talk.records.map(recordLine).join("");
        const again = Conversation.fromRecords(recordsOfLines(lines, talk.id), countingSources());
        expect(stateOf(again)).toEqual(stateOf(talk));
        expect(again.records).toEqual(talk.records);
      }),
      { numRuns: 200 },
    );
  });

  it("always have a path from a first message to the head, each following the one before", () => {
    fc.assert(
      fc.property(fc.array(historyStep, { maxLength: 30 }), (steps) => {
        const { path, head } = played(steps);
        expect(path.at(-1)).toBe(head);
        expect(path.map(({ parent }) => parent)).toEqual(
          [null, ...path.map(({ id }) => id)].slice(0, path.length),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("lose one line where one is broken, and no more", () => {
    fc.assert(
      fc.property(
        fc.array(historyStep, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.nat(),
        (steps, which, cut) => {
          const talk = played(steps);
          const lines = talk.records.map(recordLine);
          const broken = which % lines.length;
          const line = lines[broken] ?? "";
          lines[broken] = `${line.slice(0, cut % (line.length - 1))}\n`;
          const again = Conversation.fromRecords(recordsOfLines(lines.join(""), talk.id), countingSources());
          const lost = talk.records[broken];
          const left = talk.messages.filter((message) => message !== lost).map(({ id }) => id);
          expect(again.messages.map(({ id }) => id)).toEqual(left);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("are read from files of earlier versions", () => {
    const lines =
      '{"role":"user","text":"Hi"}\n{"role":"assistant","text":"Hello","model":"pip"}\n{"role":"us';
    const talk = Conversation.fromRecords(recordsOfLines(lines, "chat"), countingSources());
    expect(talk.id).toBe("chat");
    expect(texts(talk)).toEqual(["Hi", "Hello"]);
    expect(talk.head?.model).toEqual({ name: "pip" });
  });

  it("keep what was said where only something else of it cannot be read", () => {
    const [at, rest] = ["2026-01-01T00:00:00Z", { parent: null, role: "user", text: "Hi" }];
    const lines = [
      { type: "message", id: "m", ...rest, usage: { promptTokens: null }, config: { topP: 7 }, at },
      { type: "message", id: "n/../m", ...rest, at },
      { type: "message", id: "o", ...rest, parent: "lost", at },
      { type: "message", id: "m", ...rest, text: "again", at },
      { type: "head", head: "lost", why: "choose", at },
      { type: "later", at },
    ].map((line) => JSON.stringify(line));
    const talk = Conversation.fromRecords(recordsOfLines(lines.join("\n"), "chat"), countingSources());
    expect(talk.path).toEqual([
      { type: "message", id: "m", ...rest, at },
      { type: "message", id: "o", ...rest, parent: "m", at },
    ]);
  });

  it("cost no more each where there are many, wherever the head goes", () => {
    const talk = Conversation.begin(countingSources());
    for (let exchange = 0; exchange < 20_000; exchange++) {
      say(talk, "Hi", "Hello");
      if (exchange % 2) talk.append({ type: "head", head: "a2", why: "choose", at: talk.createdAt });
    }
    expect(talk.messages).toHaveLength(40_000);
  });
});
