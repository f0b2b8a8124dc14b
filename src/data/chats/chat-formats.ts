import type { ChatFormat } from "./chat-format.ts";
import { discord } from "./discord.ts";
import { telegram } from "./telegram.ts";
import { transcript } from "./transcript.ts";
import { whatsapp } from "./whatsapp.ts";

/** All kinds of files that hold chats, surest recognition first. */
export const chatFormats: readonly ChatFormat[] = [telegram, discord, whatsapp, transcript];
