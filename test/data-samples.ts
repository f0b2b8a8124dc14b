/** Small files of every kind, for tests of reading. */
import { readFileSync } from "node:fs";

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));
export const jsonLines = (values: readonly unknown[]): string =>
  values.map((each) => `${JSON.stringify(each)}\n`).join("");
export const speaker = (i: number): string => (i % 2 === 0 ? "Ada" : "Ben");

export const STORY = "Once a parrot lived in a lighthouse. He counted the ships that passed by.\n\n".repeat(
  8,
);
export const messages = times(12, (i) => ({
  messages: [
    { role: "user", content: `Is the prompt ${i}, or the question?` },
    { role: "assistant", content: `The answer is ${2 * i}.` },
  ],
}));
export const shareGpt = times(12, (i) => ({
  conversations: [
    { from: "human", value: `Say the number ${i}.` },
    { from: "gpt", value: `It is ${i}.` },
  ],
}));
export const alpaca = times(12, (i) => ({
  instruction: `Count to ${i}.`,
  input: "",
  output: `One to ${i}.`,
}));
export const CSV = `question,answer\n${times(20, (i) => `What is ${i}?,It is ${i}.\n`).join("")}`;
export const WHATSAPP = times(
  20,
  (i) => `12/05/2024, 09:${String(i).padStart(2, "0")} - ${speaker(i)}: This is message ${i}.\n`,
).join("");
export const TELEGRAM = JSON.stringify({
  name: "Ben",
  type: "personal_chat",
  id: 1,
  messages: times(20, (id) => ({
    id,
    type: "message",
    date_unixtime: String(1_715_504_460 + 60 * id),
    from: speaker(id),
    from_id: `user${id % 2}`,
    text: `Message ${id}.`,
  })),
});
export const DISCORD = JSON.stringify({
  guild: { id: "1", name: "Birds" },
  channel: { id: "2", type: "GuildTextChat", name: "talk" },
  messages: times(8, (i) => ({
    id: String(i),
    type: "Default",
    timestamp: `2024-05-12T09:0${i}:00+00:00`,
    content: `Text ${i}`,
    author: { id: String(i % 2), name: speaker(i).toLowerCase(), nickname: speaker(i) },
  })),
});
export const TRANSCRIPT = times(20, (i) => `${speaker(i)}: Line number ${i} of it.\n`).join("");
export const CYRILLIC = "Привет, попугай! Как твои дела сегодня? Хорошо, спасибо.\n".repeat(6);
export const PNG = Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex");
export const PARQUET = readFileSync(
  new URL("../src/data/readers/fixtures/pairs.snappy.parquet", import.meta.url),
);

export const windows1251 = (text: string): Buffer =>
  Buffer.from(
    [...text].map((each) => {
      const point = each.codePointAt(0) ?? 0;
      return point < 128 ? point : point - 0x410 + 0xc0;
    }),
  );

export type Content = string | Buffer;
