// A tokenizer of Hugging Face as a model file stores it.

/** A token that is found in a text before it is split; further members are as `tokenizer.json` has them. */
export interface AddedTokenJSON {
  readonly id: number;
  readonly content: string;
  /** Never part of a user's text. */
  readonly special?: boolean;
}

/** What a `tokenizer.json` says, with merges as numbers, and what its companions add. */
export interface HuggingFaceJSON {
  kind: "hugging-face";
  /** Number of tokens, those that a model has beyond the vocabulary included. */
  size: number;
  /** Each token of the vocabulary by its id; null: none has it. */
  tokens: readonly (string | null)[];
  /**
   * Left and right tokens of each merge in turn. Or as SentencePiece has it: any two tokens that make a third, the one
   * of the lowest id first, but all of `last` after the others.
   */
  merges: readonly number[] | { readonly last: readonly number[] };
  /** Characters that the vocabulary lacks are written as their bytes, <0x00> … <0xFF>. */
  byte_fallback: boolean;
  /** A piece that is a token is that token, whatever the merges say. */
  ignore_merges: boolean;
  /** What Hugging Face's tokenizers write for what a vocabulary lacks; here it is refused or left out. */
  unk_token?: string;
  /** The sections of these names, as `tokenizer.json` has them. */
  added_tokens: readonly AddedTokenJSON[];
  normalizer: unknown;
  pre_tokenizer: unknown;
  post_processor: unknown;
  decoder: unknown;
  /** The token that begins a text, and those that end one. */
  bos?: number;
  eos: readonly number[];
  /** How a conversation is written as a text: a template of Jinja. */
  chat_template?: string;
}
