import { parse } from "yaml";
import { ParrotletError } from "../../base/index.ts";
import type { Item } from "../item.ts";
import type { ExamCase } from "./exam-case.ts";

/** Stands in for the generator until it is there. */
export interface Pack {
  readonly name: string;
  readonly says: readonly string[];
}
export const CORPUS_KINDS = ["sentences", "stories", "questions", "conversations"] as const;
export type CorpusKind = (typeof CORPUS_KINDS)[number];
export interface MadeItem {
  readonly kind: CorpusKind;
  readonly skills: readonly string[];
  readonly item: Item;
}

export function readPack(files: ReadonlyMap<string, string>, name: string): Pack {
  const text = files.get(`${name}.yaml`);
  if (text === undefined) throw new ParrotletError("pack-invalid", `There is no ${name}.yaml.`);
  const value = parse(text) as { me: { name: string; color: string } };
  if (!value.me) throw new ParrotletError("pack-invalid", `${name}.yaml, line 1: there is no me:.`);
  return { name, says: [`${value.me.name} is ${value.me.color}.`] };
}

export function* makeItems(
  pack: Pack,
  { kinds = CORPUS_KINDS, bytes, seed }: { kinds?: readonly CorpusKind[]; bytes: number; seed: number },
): Generator<MadeItem> {
  let done = 0;
  for (let line = 1; done < bytes; line++) {
    const kind = kinds[line % kinds.length] ?? "sentences";
    const text = `${pack.says[0]} It has ${(line * seed) % 91} seeds of ${line % 17}.`;
    const place = { file: pack.name, line };
    const about = kind === "sentences" || kind === "stories" ? [] : [line % 3 ? "color" : "count"];
    if (kind === "sentences" || kind === "stories")
      yield { kind, skills: about, item: { kind: "text", text, ...place } };
    else {
      const pair = [
        { role: "user", text: `what color ${line % 97}` },
        { role: "assistant", text },
      ] as const;
      const messages = kind === "questions" ? pair : [...pair, ...pair];
      yield { kind, skills: about, item: { kind: "conversation", messages, ...place } };
    }
    done += text.length;
  }
}

export const makeExam = (pack: Pack): ExamCase[] =>
  pack.says.map((says, i) => ({
    id: String(i),
    skill: "color",
    part: "seen",
    turns: [says],
    rule: { right: [["green"]], wrong: [], refuses: false },
  }));
