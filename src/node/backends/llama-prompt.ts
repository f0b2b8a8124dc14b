import { ParrotletError } from "../../base/index.ts";
import { type ChatMessage, UnableError } from "../../chat/index.ts";
import type { GgufTokenizer } from "./gguf-tokenizer.ts";
import type { JinjaTemplate } from "./llama-types.ts";

/** A stretch of a prompt. */
interface Stretch {
  readonly text: string;
  /** Someone's words: never a special token, whatever they are. */
  readonly said: boolean;
}

/**
 * Messages as a model's own chat template writes them. Special tokens come from the template alone; the words of messages, which
 * may hold their names, are text.
 */
export class LlamaPrompt {
  readonly #name: string;
  readonly #template: { render(items: Record<string, unknown>): string };
  readonly #tokenizer: GgufTokenizer;
  readonly #prependBos: boolean;
  readonly #controls: RegExp | undefined;

  /** @param name Of the model, for errors. */
  constructor(
    name: string,
    source: string,
    parts: {
      readonly Template: JinjaTemplate;
      readonly tokenizer: GgufTokenizer;
      readonly prependBos: boolean;
    },
  ) {
    this.#name = name;
    this.#tokenizer = parts.tokenizer;
    this.#prependBos = parts.prependBos;
    try {
      this.#template = new parts.Template(source);
    } catch (cause) {
      const message = `The chat template of ${name} cannot be read: ${(cause as Error).message}`;
      throw new ParrotletError("no-chat-template", message, { cause });
    }
    // The longest first: the name of one may begin another's.
    const names = [...this.#tokenizer.controls.keys()].sort((a, b) => b.length - a.length);
    const pattern = names.map((each) => each.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&")).join("|");
    this.#controls = names.length > 0 ? new RegExp(`(${pattern})`) : undefined;
  }

  /** Whether the template has a place for every one of these roles. */
  takes(...roles: readonly ChatMessage["role"][]): boolean {
    try {
      const text = this.#render(roles.map((role, index) => ({ role, text: `m${index}m` })));
      return roles.every((_, index) => text.includes(`m${index}m`));
    } catch {
      return false;
    }
  }

  /** The tokens before the reply; its beginning is part of them where the last message is the assistant's. */
  encode(messages: readonly ChatMessage[]): number[] {
    const last = messages.at(-1);
    const begun = last?.role === "assistant" ? last.text : "";
    const asked = last?.role === "assistant" ? messages.slice(0, -1) : messages;
    const ids: number[] = [];
    let text = "";
    const flush = (): void => {
      ids.push(...this.#tokenizer.encode(text));
      text = "";
    };
    for (const piece of [...this.#stretches(asked).flatMap((each) => this.#pieces(each)), begun]) {
      if (typeof piece === "string") text += piece;
      else {
        flush();
        ids.push(piece);
      }
    }
    flush();
    const { bos } = this.#tokenizer.special;
    return this.#prependBos && ids[0] !== bos ? [bos, ...ids] : ids;
  }

  /** Text, and the ids of special tokens between. */
  #pieces({ text, said }: Stretch): (string | number)[] {
    if (said || !this.#controls) return [text];
    return text
      .split(this.#controls)
      .map((piece, place) => (place % 2 === 1 ? (this.#tokenizer.controls.get(piece) ?? piece) : piece));
  }

  /** What the template makes of messages, the words of messages apart. */
  #stretches(messages: readonly ChatMessage[]): Stretch[] {
    const rendered = this.#render(messages);
    const mark = markFor(messages, rendered);
    const marks = new RegExp(`${mark}(\\d+)${mark}`);
    const marked = messages.map(({ role }, index) => ({ role, text: `${mark}${index}${mark}` }));
    const pieces = this.#render(marked).split(marks);
    // A template may trim what is said.
    for (const change of [(text: string) => text, (text: string) => text.trim()]) {
      const stretches = pieces.map((piece, place) => {
        const said = place % 2 === 1;
        return { text: said ? change(messages[Number(piece)]?.text ?? "") : piece, said };
      });
      if (stretches.map(({ text }) => text).join("") === rendered) return stretches;
    }
    const named = this.#controls && messages.find(({ text }) => this.#controls?.test(text));
    if (!named) return [{ text: rendered, said: false }];
    const [control] = this.#controls?.exec(named.text) ?? [];
    throw new UnableError(
      this.#name,
      `take a message with ${control} in it: its chat template changes messages`,
    );
  }

  #render(messages: readonly ChatMessage[]): string {
    const { bos, eos } = this.#tokenizer.special;
    try {
      return this.#template.render({
        messages: messages.map(({ role, text }) => ({ role, content: text })),
        add_generation_prompt: true,
        bos_token: this.#tokenizer.show(bos),
        eos_token: this.#tokenizer.show(eos),
      });
    } catch (error) {
      const roles = messages.map(({ role }) => role).join(", ");
      throw new UnableError(
        this.#name,
        `take the messages ${roles}: its chat template says: ${(error as Error).message}`,
      );
    }
  }
}

/** A character for private use that is in no message. */
function markFor(messages: readonly ChatMessage[], rendered: string): string {
  const all = rendered + messages.map(({ text }) => text).join("");
  for (let code = 0xe000; code < 0xf8ff; code++) {
    const mark = String.fromCharCode(code);
    if (!all.includes(mark)) return mark;
  }
  return "\uf8ff";
}
