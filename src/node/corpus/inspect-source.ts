import { setImmediate } from "node:timers/promises";
import { ParrotletError } from "../../base/index.ts";
import {
  type DataReport,
  DataStatistics,
  type HubOrigin,
  type Item,
  type ReadingReport,
  type ReadOptions,
} from "../../data/index.ts";
import type { OpenedSource } from "./opened-source.ts";
import { fileReports } from "./reading-report.ts";
import { type OpenSourceOptions, openSource } from "./sources.ts";

/** What a file, a folder or a dataset holds. Plain data. */
export interface Inspection {
  readonly source: string;
  /** What it was taken for, for people. */
  readonly about: string;
  /** Of its files. */
  readonly bytes: number;
  readonly files: ReadingReport["files"];
  readonly hub?: HubOrigin | undefined;
  /** Who writes in chats, the most first. */
  readonly speakers: readonly { readonly name: string; readonly messages: number }[];
  /** Whom the model would learn to be, where nobody said it: the one who writes most. */
  readonly asIfMe?: string | undefined;
  /** Why it is over: `all` was looked at, so many as wanted, or somebody stopped it. */
  readonly ended: "all" | "limit" | "stopped";
  readonly report: DataReport;
}

export interface InspectSourceOptions extends OpenSourceOptions {
  /** @default {} */
  readonly reading?: ReadOptions | undefined;
  /** See `StatisticsOptions`. @default true */
  readonly nearDuplicates?: boolean | undefined;
  /** The most items that are looked at. @default all */
  readonly limit?: number | undefined;
  /** Is told how many bytes of all were read. */
  readonly onProgress?: ((done: number, bytes: number) => void) | undefined;
}

/** UTF-16 units of text between two looks at signals, and as how many each item counts besides its text. */
const TURN = 1 << 19;
const WORK = 1 << 10;

/**
 * Looks at data without training on them. When the signal comes, what is known so far is the result.
 *
 * @throws {ParrotletError} Those of `openSource` and `Reading.items`; but exports of chats need no `me`.
 */
export async function inspectSource(name: string, options: InspectSourceOptions = {}): Promise<Inspection> {
  const { reading = {} } = options;
  const opened = await openSource(name, { reading, filters: {} }, options);
  try {
    const [report, ended] = await look(opened, options);
    if (!needsName(opened, reading)) return inspection(opened, report, ended);
  } catch (error) {
    if (!(error instanceof ParrotletError) || !needsName(opened, reading)) throw error;
  }
  // Nothing is learned from a chat before it is known who the model is: take the one who writes most, to show how it would be.
  const [most] = speakersOf(opened);
  const again = await openSource(name, { reading: { ...reading, me: most?.name }, filters: {} }, options);
  const [report, ended] = await look(again, options);
  return { ...inspection(again, report, ended), asIfMe: most?.name };
}

async function look(
  opened: OpenedSource,
  { nearDuplicates, limit = Number.POSITIVE_INFINITY, onProgress, signal }: InspectSourceOptions,
): Promise<[DataReport, Inspection["ended"]]> {
  const statistics = await DataStatistics.create(nearDuplicates === undefined ? {} : { nearDuplicates });
  let [items, work, ended]: [number, number, Inspection["ended"]] = [0, 0, "all"];
  for await (const item of opened.items()) {
    if (items === limit) ended = "limit";
    if (signal?.aborted) ended = "stopped";
    if (ended !== "all") break;
    statistics.add(item);
    items++;
    work += WORK + unitsIn(item);
    if (work < TURN) continue;
    work = 0;
    onProgress?.(opened.bytesRead(), opened.bytes);
    await setImmediate();
  }
  const { count, first } = opened.problems();
  return [{ ...statistics.report(), problems: { count, first } }, ended];
}

const unitsIn = (item: Item): number =>
  item.kind === "text" ? item.text.length : item.messages.reduce((sum, { text }) => sum + text.length, 0);

/** Whether there are exports of chats, and nobody said who the model shall be. Transcripts do without. */
const needsName = ({ readings }: OpenedSource, { me }: ReadOptions): boolean =>
  me === undefined && readings.some(({ format, speakers }) => format !== "transcript" && speakers.length > 0);

function speakersOf({ readings }: OpenedSource): { name: string; messages: number }[] {
  const counts = new Map<string, number>();
  for (const { name, messages } of readings.flatMap(({ speakers }) => speakers))
    if (messages > 0) counts.set(name, (counts.get(name) ?? 0) + messages);
  return [...counts].map(([name, messages]) => ({ name, messages })).sort((a, b) => b.messages - a.messages);
}

function inspection(opened: OpenedSource, report: DataReport, ended: Inspection["ended"]): Inspection {
  const { name, about, bytes, readings, hub } = opened;
  return {
    source: name,
    about,
    bytes,
    files: fileReports(readings),
    hub,
    speakers: speakersOf(opened),
    ended,
    report,
  };
}
