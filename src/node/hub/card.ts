/** One of several datasets in one repository, as its card names it. */
export interface HubConfig {
  readonly name: string;
  readonly isDefault: boolean;
  /** Patterns are relative to it. @default the whole repository */
  readonly folder?: string;
  /** Empty: by the names of the files. */
  readonly parts: readonly { readonly split: string; readonly patterns: readonly string[] }[];
}

const MOST_CONFIGS = 10_000;
const LONGEST_PATTERN = 1024;

/**
 * The configs in the YAML at the top of a dataset's README, which people write: what is not as it should be is left out.
 *
 * @see https://huggingface.co/docs/hub/datasets-manual-configuration
 */
export function configsOf(card: unknown): HubConfig[] {
  const { configs } = record(card);
  if (!Array.isArray(configs)) return [];
  return configs.slice(0, MOST_CONFIGS).flatMap((one): HubConfig[] => {
    const { config_name: name, data_files, data_dir, default: isDefault } = record(one);
    if (typeof name !== "string" || name === "") return [];
    const folder = typeof data_dir === "string" ? data_dir.replace(/^\.?\/+|\/+$/g, "") : "";
    return [{ name, isDefault: isDefault === true, ...(folder && { folder }), parts: partsOf(data_files) }];
  });
}

export function licenseOf(card: unknown): string | undefined {
  const { license, license_name } = record(card);
  const names = texts(license);
  const told = names.join() === "other" && typeof license_name === "string" ? license_name : names.join(", ");
  return told.slice(0, 200) || undefined;
}

function partsOf(dataFiles: unknown): HubConfig["parts"] {
  const plain = texts(dataFiles);
  if (plain.length > 0) return [{ split: "train", patterns: plain }];
  return [dataFiles].flat().flatMap((one) => {
    const { split, path } = record(one);
    const patterns = texts(path);
    return typeof split === "string" && patterns.length > 0 ? [{ split, patterns }] : [];
  });
}

/** The texts in a text or a list, but for endless ones. */
const texts = (value: unknown): string[] =>
  [value].flat().filter((one) => typeof one === "string" && one.length <= LONGEST_PATTERN) as string[];

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
