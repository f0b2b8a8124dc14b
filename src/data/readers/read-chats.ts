import { chatFormats } from "../chats/chat-formats.ts";
import type { FileToRead, Format } from "./format.ts";

/** Exports of chat programs, and transcripts. */
export const chats: readonly Format[] = chatFormats.map(
  (chat): Format => ({
    id: chat.id,
    about: chat.about,
    endings: [],
    recognises: ({ text, name }) => chat.recognises(text, name),
    read: (file) =>
      chat.read(
        stringsOf(file),
        file.source.name,
        { ...file.options, onSpeakers: file.speakers },
        ({ line, message }) => file.problems.add(line, message),
      ),
  }),
);

async function* stringsOf(file: FileToRead): AsyncGenerator<string, void> {
  for await (const { text } of file.text()) yield text;
}
