/** What of node-llama-cpp is used, in types of our own: the package is optional. Version 3.22. */
export interface LlamaPackage {
  getLlama(options: {
    readonly build: "never";
    readonly gpu: "auto" | false;
    readonly progressLogs: boolean;
    readonly skipDownload: boolean;
    readonly logLevel: string;
    readonly logger: (level: string, message: string) => void;
  }): Promise<Llama>;
}

export interface Llama {
  loadModel(options: {
    readonly modelPath: string;
    readonly onLoadProgress?: undefined;
  }): Promise<LlamaModel>;
}

export interface LlamaModel {
  /** Tokens of the context window that the file names. */
  readonly trainContextSize: number;
  readonly tokens: {
    readonly bos: number | null;
    readonly eos: number | null;
    readonly shouldPrependBosToken: boolean;
  };
  /** @param specialTokens Whether names of special tokens are those tokens. */
  tokenize(text: string, specialTokens: boolean): readonly number[];
  /** Ends what a model says. */
  isEogToken(token: number): boolean;
  createContext(options: {
    readonly contextSize: number;
    readonly sequences: number;
    readonly threads?: number | undefined;
    readonly flashAttention?: boolean | undefined;
    readonly experimentalKvCacheKeyType?: "F32" | undefined;
    readonly experimentalKvCacheValueType?: "F32" | undefined;
  }): Promise<LlamaContext>;
  createEmbeddingContext(options: {
    readonly contextSize: number;
    readonly threads?: number | undefined;
  }): Promise<LlamaEmbeddingContext>;
  dispose(): Promise<void>;
}

export interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}

export interface LlamaSequence {
  readonly nextTokenIndex: number;
  eraseContextTokenRanges(ranges: readonly { readonly start: number; readonly end: number }[]): Promise<void>;
  /** Reads tokens; gives the logits after those that ask for them. */
  controlledEvaluate(
    input: readonly (number | readonly [token: number, options: { generateNext: { logits: true } }])[],
  ): Promise<readonly ({ readonly next: { readonly logits?: ReadonlyMap<number, number> } } | undefined)[]>;
}

export interface LlamaEmbeddingContext {
  /** @param input Text or tokens. */
  getEmbeddingFor(input: readonly number[]): Promise<{ readonly vector: readonly number[] }>;
  dispose(): Promise<void>;
}

/** `Template` of @huggingface/jinja, which node-llama-cpp depends on. */
export type JinjaTemplate = new (source: string) => { render(items: Record<string, unknown>): string };
