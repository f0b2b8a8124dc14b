import type { FileMetaData, RowGroup, SchemaTree } from "hyparquet";
import { type ByteSource, ParrotletError } from "../../base/index.ts";
import type { FileToRead, Format, ReadOptions } from "./format.ts";
import { isUsualName } from "./record-shapes.ts";
import { itemsOf, type RawRecord, shapeOfFirst } from "./records.ts";

/** Rows that are handed on together. */
const ROWS = 1000;

/** Largest group of rows, in bytes once unpacked: one group is in memory at a time. */
const LARGEST_GROUP = 2 ** 31;

/** The tables of data that sites of datasets hand out. Read group of rows by group of rows. */
export const parquet: Format = {
  id: "parquet",
  about: "Parquet",
  endings: [".parquet", ".pq"],
  binary: true,
  recognises: ({ bytes, ending }) =>
    String.fromCharCode(...bytes.subarray(0, 4)) === "PAR1" ? 1 : parquet.endings.includes(ending) ? 0.5 : 0,
  contents: (file) => shapeOfFirst(file, records(file, 20)),
  read: (file) => itemsOf(file, records(file)),
};

/** @param most Rows to read. */
async function* records(
  file: FileToRead,
  most: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly RawRecord[], void> {
  const [{ parquetMetadataAsync, parquetReadObjects, parquetSchema }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const buffer = asyncBuffer(file.source);
  const metadata = await readable(file, parquetMetadataAsync(buffer));
  const columns = await readable(
    file,
    Promise.resolve(metadata).then((all) => wanted(parquetSchema(all), file.options)),
  );
  let first = 0;
  for (const group of metadata.row_groups) {
    const rows = rowsOf(file, metadata, group, columns);
    const to = Math.min(first + rows, most);
    if (first >= to) return;
    const found = await readable(
      file,
      parquetReadObjects({ file: buffer, metadata, columns, rowStart: first, rowEnd: to, compressors }),
    );
    for (let from = 0; from < found.length; from += ROWS) {
      const start = first + from + 1;
      yield found.slice(from, from + ROWS).map((value, i) => ({ line: start + i, value: value as unknown }));
    }
    first += rows;
  }
}

/** The columns to read: those that are named, else those that can hold text. Numbers of embeddings would take most of the time. */
function wanted({ children }: SchemaTree, { columns = {} }: ReadOptions): string[] {
  const named = Object.values(columns);
  const all = children.map(({ element }) => element.name);
  if (named.length > 0) return all.filter((name) => named.includes(name));
  const text = children.filter((child) => isUsualName(child.element.name) || holdsBytes(child));
  return text.length > 0 ? text.map(({ element }) => element.name) : all;
}

const holdsBytes = ({ element, children }: SchemaTree): boolean =>
  element.type === "BYTE_ARRAY" || children.some(holdsBytes);

/** The rows of a group that says nothing impossible of itself. */
function rowsOf(
  file: FileToRead,
  { num_rows }: FileMetaData,
  group: RowGroup,
  columns: readonly string[],
): number {
  const rows = Number(group.num_rows);
  const chunks = group.columns.filter(({ meta_data }) =>
    columns.includes(meta_data?.path_in_schema[0] ?? ""),
  );
  const bytes = chunks.reduce(
    (sum, { meta_data }) => sum + Number(meta_data?.total_uncompressed_size ?? 0),
    0,
  );
  if (rows >= 0 && rows <= Number(num_rows) && bytes >= 0 && bytes <= LARGEST_GROUP) return rows;
  const message = `${file.source.name}: a group of ${rows} rows takes ${bytes} bytes; up to 2 GiB are read. Write it again with smaller row groups, or fetch it again if it is damaged.`;
  throw new ParrotletError("data-unreadable", message);
}

/** @throws {ParrotletError} `data-unreadable` for whatever the library says. */
async function readable<T>(file: FileToRead, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof ParrotletError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${file.source.name} is no whole Parquet file: ${why.slice(0, 200)}. Fetch or copy it again.`;
    throw new ParrotletError("data-unreadable", message, { cause });
  }
}

const asyncBuffer = (
  source: ByteSource,
): { byteLength: number; slice(from: number, to?: number): Promise<ArrayBuffer> } => ({
  byteLength: source.size,
  async slice(start, end = source.size) {
    const from = start < 0 ? source.size + start : start;
    if (from < 0 || end > source.size || from > end)
      throw new RangeError(`bytes ${from} to ${end} are not in the file`);
    const bytes = await source.read(from, end);
    return bytes.slice().buffer as ArrayBuffer;
  },
});
