import { describe, expect, it } from "vitest";
import { describeChatFormat, readChat } from "./chat-format.contract.ts";
import { whatsapp } from "./whatsapp.ts";
import { DateOrder, dayOf } from "./whatsapp-dates.ts";
import { whatsAppHead } from "./whatsapp-line.ts";
import { typedText } from "./whatsapp-words.ts";

const android = `12/31/23, 9:41\u202FPM - Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them. Tap to learn more.
12/31/23, 9:41\u202FPM - Greta Moss: Are you still baking?
12/31/23, 9:42\u202FPM - Otto: Yes: the third tray.
It smells of burnt sugar

and of smoke
12/31/23, 9:43\u202FPM - Otto: <Media omitted>
12/31/23, 9:44\u202FPM - Greta Moss: Open a window
12/31/23, 11:59\u202FPM - Otto: Done
1/1/24, 12:03\u202FAM - Greta Moss: Happy new year!
1/1/24, 12:03\u202FAM - Otto: To you too 🎉
1/1/24, 9:00\u202FAM - Otto: null
1/1/24, 10:00\u202FAM - Otto: Awake?
1/1/24, 10:05\u202FAM - Greta Moss: This message was deleted
1/1/24, 10:06\u202FAM - Greta Moss: IMG-20240101-WA0003.jpg (file attached)
Look at this cat
1/1/24, 10:07\u202FAM - Otto: Ha <This message was edited>
1/1/24, 10:08\u202FAM - Greta Moss: Bye
`;
const androidSaid = [
  [
    "u Are you still baking?",
    "a Yes: the third tray.\nIt smells of burnt sugar\n\nand of smoke",
    "u Open a window",
    "a Done",
    "u Happy new year!",
    "a To you too 🎉",
  ],
  ["u Look at this cat", "a Ha"],
];

const iphone = `[31.12.23, 21:41:05] Gruppe Garten: \u200ENachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.
[31.12.23, 21:41:05] \u200EOtto hat die Gruppe "Garten: 2024" erstellt
[31.12.23, 21:42:00] Greta: Wer gießt morgen?
[31.12.23, 21:42:30] ~\u202FNeu Hier: Ich nicht
[31.12.23, 21:42:50] ~\u202FNeu Hier: wirklich nicht
\u200E[31.12.23, 21:43:00] Otto: \u200EBild weggelassen
[31.12.23, 21:43:10] Otto: Dann ich, \u2068@Greta\u2069
\u200E[31.12.23, 21:43:20] \u202A+49 170 0000000\u202C: Garten.pdf • \u200E2 Seiten \u200EDokument weggelassen
[31.12.23, 21:44:00] \u202A+49 170 0000000\u202C: Danke
[31.12.23, 21:44:10] Otto: Gern \u200E<Diese Nachricht wurde bearbeitet.>
[02.01.24, 08:00:00] Greta: Und heute?
[02.01.24, 08:01:00] Otto: Auch
`;

describeChatFormat(whatsapp, android, { me: "otto" }, "e");

describe("WhatsApp", () => {
  it("reads an export from Android", async () => {
    const { said, problems, conversations } = await readChat(whatsapp, android, { me: "Otto" });
    expect(said).toEqual(androidSaid);
    expect(conversations.map(({ line }) => line)).toEqual([2, 15]);
    expect(problems).toEqual([
      {
        file: "chat.file",
        line: 1,
        message:
          "left out 2 lines of the chat program itself, 1 message without text, 1 deleted message, 1 message to which nothing came before, 1 message without an answer; this is where the first stands. Nothing has to be done.",
      },
    ]);
  });

  it("reads an export from an iPhone, of a group", async () => {
    const { said } = await readChat(whatsapp, iphone, { me: "Otto" });
    expect(said).toEqual([
      [
        "u Greta: Wer gießt morgen?\nNeu Hier: Ich nicht\nwirklich nicht",
        "a Dann ich, @Greta",
        "u +49 170 0000000: Danke",
        "a Gern",
      ],
      ["u Greta: Und heute?", "a Auch"],
    ]);
    expect((await readChat(whatsapp, iphone, { me: "+49 170 0000000" })).said).toHaveLength(1);
    await expect(readChat(whatsapp, iphone)).rejects.toMatchObject({
      message:
        'chat.file does not say whom the model shall learn to be. Say so with --me NAME. In it write "Otto" (3 messages), ' +
        '"Greta" (2 messages), "Neu Hier" (2 messages), "+49 170 0000000" (1 message).',
    });
  });

  it("leaves out a head that is cut", async () => {
    for (const cut of ["1/1/24", "1/1/24, 10:", "1/1/24, 10:09", "1/1/24, 10:09\u202FAM - Ot"]) {
      const { said, problems } = await readChat(whatsapp, android + cut, { me: "Otto" });
      expect(said).toEqual(androidSaid);
      expect(JSON.stringify(problems)).toMatch(/"line":18.*within the head|lines of the chat program/);
    }
  });

  it("keeps a last line that only looks like a date", async () => {
    const { said } = await readChat(
      whatsapp,
      "1/2/24, 10:00 - Ada: when?\n1/2/24, 10:01 - Bo: in\n2-3 days",
      { me: "Bo" },
    );
    expect(said).toEqual([["u when?", "a in\n2-3 days"]]);
  });

  it("takes no time over odd messages", async () => {
    const odd = [
      " ".repeat(1e5),
      "<".repeat(1e5),
      `<${"edited".repeat(2e4)}`,
      "\u200E".repeat(1e5),
      "1/".repeat(1e5),
    ];
    const lines = odd.map(
      (text) => `1/2/24, 10:00 - Ada: x${text}x>\n1/2/24, 10:00 - Bo: y${text}\n${text}\n`,
    );
    const began = performance.now();
    expect((await readChat(whatsapp, lines.join(""), { me: "Bo" })).said).toHaveLength(1);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it("recognises exports by their lines, or by name and a line", () => {
    expect(whatsapp.recognises(android, "x.txt")).toBeGreaterThan(0.9);
    expect(whatsapp.recognises(iphone, "x.txt")).toBeGreaterThan(0.9);
    expect(whatsapp.recognises(android, "a/WhatsApp Chat with Otto.txt")).toBeGreaterThan(0.9);
    expect(whatsapp.recognises(iphone.split("\n")[2] ?? "", "_chat.txt")).toBeGreaterThan(0.9);
    expect(whatsapp.recognises("Dear diary\n", "_chat.txt")).toBe(0);
  });
});

describe("the head of a message", () => {
  const evening = 21 * 3600 + 41 * 60;
  const ymd = [2023, 12, 31] as const;
  const dmy = [31, 12, 2023] as const;
  const dmyShort = [31, 12, 23] as const;
  const mdyShort = [12, 31, 23] as const;
  it.each([
    ["12/31/23, 21:41 - Ada: hi", mdyShort],
    ["12/31/23, 9:41 PM - Ada: hi", mdyShort],
    ["12/31/23, 9:41\u202FPM - Ada: hi", mdyShort],
    ["31/12/23, 9:41 pm - Ada: hi", dmyShort],
    ["31/12/23, 9:41 p. m. - Ada: hi", dmyShort],
    ["31/12/23, 9:41\u00A0p.\u00A0m. - Ada: hi", dmyShort],
    ["31/12/2023 21:41 - Ada: hi", dmy],
    ["31/12/2023 à 21:41 - Ada: hi", dmy],
    ["31/12/2023 às 21:41 - Ada: hi", dmy],
    ["31.12.23, 21:41 - Ada: hi", dmyShort],
    ["31.12.23, 21:41 – Ada: hi", dmyShort],
    ["31. 12. 2023, 21:41 - Ada: hi", dmy],
    ["31-12-2023 21:41 - Ada: hi", dmy],
    ["31.12.2023 klo 21.41 - Ada: hi", dmy],
    ["31/12/23 21.41 - Ada: hi", dmyShort],
    ["2023-12-31 21:41 - Ada: hi", ymd],
    ["2023-12-31, 9:41 p.m. - Ada: hi", ymd],
    ["2023/12/31 21:41 - Ada: hi", ymd],
    ["2023/12/31 下午9:41 - Ada: hi", ymd],
    ["2023/12/31 午後9:41 - Ada: hi", ymd],
    ["2023년 12월 31일 오후 9:41, Ada : hi", ymd],
    ["2023. 12. 31. 오후 9:41, Ada : hi", ymd],
    ["[31/12/23, 21:41:00] Ada: hi", dmyShort],
    ["\u200E[31/12/23, 21:41:00] Ada: hi", dmyShort],
    ["[12/31/23, 9:41:00\u202FPM] Ada: hi", mdyShort],
    ["[31/12/23, 9:41:00 p. m.] Ada: hi", dmyShort],
    ["[31.12.23, 21:41:00] ~\u202FAda: hi", dmyShort],
    ["[2023-12-31 21:41:00] Ada: hi", ymd],
    ["[2023/12/31 下午9:41:00] Ada: hi", ymd],
    ["[31.12.2023 21:41] Ada: hi", dmy],
    ["31.12.23, 21:41:00: Ada: hi", dmyShort],
    [
      "\u0663\u0661\u200F/\u0661\u0662\u200F/\u0662\u0660\u0662\u0663\u060C \u0669:\u0664\u0661 \u0645 - Ada: hi",
      dmy,
    ],
    ["\u200F31/12/2023, 21:41 - \u202AAda\u202C: hi", dmy],
  ])("%s", (line, date) => {
    expect(whatsAppHead(line)).toEqual({ date, time: evening, author: "Ada", text: "hi" });
  });

  it("knows midnight and noon", () => {
    const timeOf = (clock: string): number | undefined => whatsAppHead(`1/2/24, ${clock} - Ada: hi`)?.time;
    expect(timeOf("12:00 AM")).toBe(0);
    expect(timeOf("12:00 PM")).toBe(43_200);
    expect(timeOf("0:00")).toBe(0);
    expect(timeOf("12:00")).toBe(43_200);
    expect(timeOf("24:05")).toBe(300);
    expect(timeOf("23:59:60")).toBeUndefined();
    expect(timeOf("1:05 am")).toBe(3900);
  });

  it.each([
    "hi",
    "",
    "12/31/23",
    "12/31/23, 21:41",
    "at 12/31/23, 21:41 - Ada: hi",
    "1. Flour",
    "10:30 - 11:00: tea",
    "3/4 cup",
    "12/31/23, 25:99 - Ada: hi",
    "- 12/31/23: Ada",
    `${"1/".repeat(5000)}`,
    " ".repeat(50_000),
  ])("is not %s", (line) => {
    expect(whatsAppHead(line)).toBeUndefined();
  });

  it.each([
    "12/31/23, 21:41 - Ada added Bo",
    '12/31/23, 21:41 - Ada changed the subject from "Tea: green" to "Tea: black"',
    "12/31/23, 21:41 - Ada changed this group's icon",
  ])("has no author in %s", (line) => {
    expect(whatsAppHead(line)?.author).toBeUndefined();
  });

  it("may be without text, or have colons in it", () => {
    expect(whatsAppHead("12/31/23, 21:41 - Ada:")).toMatchObject({ author: "Ada", text: "" });
    expect(whatsAppHead("12/31/23, 21:41 - Ada: so: yes")).toMatchObject({ author: "Ada", text: "so: yes" });
    expect(whatsAppHead("12/31/23, 21:41 - Ada: http://a.example: x")?.text).toBe("http://a.example: x");
  });
});

describe("what was typed", () => {
  it.each([
    ["hello", "hello"],
    ["I <3 you", "I <3 you"],
    ["if a<b and c>d", "if a<b and c>d"],
    ["the image omitted the sea", "the image omitted the sea"],
    ["This message was deleted by the sea", "This message was deleted by the sea"],
    ["see notes.txt (second page)\nand more", "see notes.txt (second page)\nand more"],
    ["PHOTO-1.jpg (file attached)\nour boat", "our boat"],
    ["our boat \u200E<attached: 00000012-PHOTO.jpg>", "our boat"],
    ["our boat \u200Eimage omitted", "our boat"],
    ["hm \u200E<This message was edited>", "hm"],
    ["hm <Se editó este mensaje.>", "hm"],
    ["@\u2068Ada Moss\u2069 yes", "@Ada Moss yes"],
  ])("%j is %j", (message, text) => {
    expect(typedText(message)).toEqual({ text });
  });

  it.each([
    ["<Media omitted>", "media"],
    ["<Medien ausgeschlossen>", "media"],
    ["<Multimedia omitido>", "media"],
    ["<Médias omis>", "media"],
    ["<Без медиафайлов>", "media"],
    ["\u200Eimage omitted", "media"],
    ["image omitted", "media"],
    ["Sticker weggelassen", "media"],
    ["imagen omitida", "media"],
    ["vidéo absente", "media"],
    ["\u200E<attached: 00000012-AUDIO.opus>", "media"],
    ["PTT-20240101-WA0001.opus (Datei angehängt)", "media"],
    ["Location: https://maps.google.com/?q=1.0,2.0", "media"],
    ["", "media"],
    ["This message was deleted", "deleted"],
    ["\u200EThis message was deleted.", "deleted"],
    ["You deleted this message", "deleted"],
    ["Diese Nachricht wurde gelöscht.", "deleted"],
    ["Se eliminó este mensaje.", "deleted"],
    ["Ce message a été supprimé", "deleted"],
    ["Mensagem apagada", "deleted"],
    ["Данное сообщение удалено", "deleted"],
    ["null", "program"],
    ["Missed voice call", "program"],
    ["\u200EYou blocked this contact", "program"],
    ["Messages and calls are end-to-end encrypted. Tap to learn more.", "program"],
  ])("%j is left out: %s", (message, reason) => {
    expect(typedText(message)).toEqual({ reason });
  });
});

describe("the order of day and month", () => {
  const found = (...dates: [number, number, number][]): number => {
    const order = new DateOrder();
    for (const date of dates) order.see(date);
    return dayOf(dates[0] ?? [0, 0, 0], order.best);
  };
  const day = (date: string): number => Date.parse(date) / 86_400_000;
  it("is the one that is possible, or in which the days lie close, or day first", () => {
    expect(found([3, 4, 24])).toBe(day("2024-04-03"));
    expect(found([3, 4, 24], [13, 4, 24])).toBe(day("2024-04-03"));
    expect(found([3, 4, 24], [3, 14, 24])).toBe(day("2024-03-04"));
    expect(found([3, 4, 24], [3, 5, 24], [3, 6, 24])).toBe(day("2024-03-04"));
    expect(found([3, 4, 24], [4, 4, 24], [5, 4, 24])).toBe(day("2024-04-03"));
    expect(found([2024, 3, 4])).toBe(day("2024-03-04"));
    expect(found([3, 4, 2024])).toBe(day("2024-04-03"));
    expect(found([99, 99, 99])).toBeNaN();
  });
});
