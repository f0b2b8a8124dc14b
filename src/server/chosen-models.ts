import { ParrotletError, shown } from "../base/index.ts";
import type { HeldBackend, ModelHost, ModelListing } from "../chat/index.ts";

/** Some models of a host and no other, the first of them the default. They stay open. */
export class ChosenModels implements ModelHost {
  readonly #host: ModelHost;
  readonly #listings: readonly ModelListing[];
  readonly #held: readonly HeldBackend[];

  private constructor(host: ModelHost, listings: readonly ModelListing[], held: readonly HeldBackend[]) {
    this.#host = host;
    this.#listings = listings;
    this.#held = held;
  }

  /**
   * Opens them.
   *
   * @param references As the person wrote them who runs the server: paths and URLs, too.
   * @throws {ParrotletError} Those of `ModelHost.open`.
   */
  static async open(host: ModelHost, references: readonly string[]): Promise<ChosenModels> {
    const known = await host.list();
    const held: HeldBackend[] = [];
    const listings = new Map<string, ModelListing>();
    try {
      for (const reference of references) {
        const opened = await host.open(reference);
        held.push(opened);
        const { kind, name, address, contextWindow } = opened.backend;
        const listing = known.find((each) => each.address === reference || each.name === reference) ??
          known.find((each) => each.address === address) ?? { kind, name, address, about: "" };
        listings.set(listing.address, { contextWindow, ...listing });
      }
    } catch (error) {
      for (const each of held) each.release();
      throw error;
    }
    return new ChosenModels(host, [...listings.values()], held);
  }

  async list(): Promise<readonly ModelListing[]> {
    return this.#listings;
  }

  async open(reference?: string): Promise<HeldBackend> {
    const address = reference ?? this.#listings[0]?.address;
    if (address !== undefined && this.#listings.some((listing) => listing.address === address))
      return this.#host.open(address);
    throw new ParrotletError(
      "model-not-found",
      `The model ${shown(reference)} is not among those that are served.`,
    );
  }

  async close(): Promise<void> {
    for (const each of this.#held) each.release();
    await this.#host.close();
  }
}
