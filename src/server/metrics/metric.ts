/** Values of one kind, told apart by labels. Prometheus' text format, version 0.0.4. */
export interface Metric {
  /** Lines without the last line's end. */
  render(): string;
}

export type Labels = Readonly<Record<string, string>>;

/** Combinations of labels of one metric; what comes after goes together under `other`, so that no client can fill the memory. */
const MOST_SERIES = 200;

const escaped = (value: string): string =>
  value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");

const series = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");

const head = (name: string, type: string, about: string): string =>
  `# HELP ${name} ${about.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}\n# TYPE ${name} ${type}`;

const braces = (labels: string): string => (labels === "" ? "" : `{${labels}}`);

/** The same labels, or `other` in each where there are too many already. */
const bounded = (known: ReadonlyMap<string, unknown>, labels: Labels): string => {
  const key = series(labels);
  if (known.has(key) || known.size < MOST_SERIES) return key;
  return series(Object.fromEntries(Object.keys(labels).map((name) => [name, "other"])));
};

/** What only grows. */
export class Counter implements Metric {
  readonly #name: string;
  readonly #about: string;
  readonly #values = new Map<string, number>();

  constructor(name: string, about: string) {
    this.#name = name;
    this.#about = about;
  }

  add(labels: Labels, amount = 1): void {
    const key = bounded(this.#values, labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  render(): string {
    const lines = [...this.#values].map(([labels, value]) => `${this.#name}${braces(labels)} ${value}`);
    return [head(this.#name, "counter", this.#about), ...lines].join("\n");
  }
}

/** What is read when it is asked for. */
export class Gauge implements Metric {
  readonly #name: string;
  readonly #about: string;
  readonly #read: () => number;

  constructor(name: string, about: string, read: () => number) {
    this.#name = name;
    this.#about = about;
    this.#read = read;
  }

  render(): string {
    return `${head(this.#name, "gauge", this.#about)}\n${this.#name} ${this.#read()}`;
  }
}

/** How often values lie below bounds. */
export class Histogram implements Metric {
  readonly #name: string;
  readonly #about: string;
  readonly #bounds: readonly number[];
  readonly #rows = new Map<string, { readonly counts: number[]; sum: number; count: number }>();

  constructor(name: string, about: string, bounds: readonly number[]) {
    this.#name = name;
    this.#about = about;
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const key = bounded(this.#rows, labels);
    const row = this.#rows.get(key) ?? { counts: this.#bounds.map(() => 0), sum: 0, count: 0 };
    this.#rows.set(key, row);
    this.#bounds.forEach((bound, index) => {
      if (value <= bound) row.counts[index] = (row.counts[index] ?? 0) + 1;
    });
    row.sum += value;
    row.count++;
  }

  render(): string {
    const name = this.#name;
    const rows = [...this.#rows].flatMap(([labels, { counts, sum, count }]) => {
      const bucket = (bound: number | string, value: number): string =>
        `${name}_bucket{${labels === "" ? "" : `${labels},`}le="${bound}"} ${value}`;
      return [
        ...this.#bounds.map((bound, index) => bucket(bound, counts[index] ?? 0)),
        bucket("+Inf", count),
        `${name}_sum${braces(labels)} ${sum}`,
        `${name}_count${braces(labels)} ${count}`,
      ];
    });
    return [head(name, "histogram", this.#about), ...rows].join("\n");
  }
}
