// How a model reads conversations: with role tokens of its own, or by the template that it came with. Imported for
// models that know conversations.

import { alike } from "../../data/alike.js";
import type { Learned } from "../../data/conversations.js";
import { describe, InvalidInputError, listed } from "../../host/errors.js";
import type { ChatMessage } from "../../text/chat-message.js";
import type { HuggingFaceTokenizer } from "../../text/foreign/tokenizer.js";
import { ASSISTANT, markersOf, roles, roleTokens } from "../../text/markers.js";
import type { Tokenizer } from "../../text/tokenizer.js";

/** A document, and what of it is learned. */
type LearnedDocument = readonly [document: Int32Array, learned: Learned];

type Skip = ((character: string) => void) | undefined;

/** Conversations to tokens. */
export interface Speaker {
  /** Tokens that are read, and never written. */
  readonly tokens: readonly number[];
  /** Whether a document's start comes before a prompt. */
  readonly opens: boolean;
  /**
   * What is learned of a conversation: the assistant's messages and their ends.
   * @param what it is called, for errors
   * @throws InvalidInputError where the assistant says nothing, or the model cannot read a message
   */
  documents(what: string, messages: readonly ChatMessage[], skip: Skip): LearnedDocument[];
  /** What the assistant's next message continues. @throws InvalidInputError */
  prompt(what: string, messages: readonly ChatMessage[], skip: Skip): Int32Array;
}

/** The speaker of a model of documents that knows conversations. */
export async function speakerOf(tokenizer: Tokenizer): Promise<Speaker> {
  const { chatTemplate } = tokenizer as HuggingFaceTokenizer;
  if (chatTemplate !== undefined) {
    const { renderChat } = await import("../../text/foreign/chat.js");
    return templateSpeaker(tokenizer as HuggingFaceTokenizer, chatTemplate, renderChat);
  }
  return roleSpeaker(tokenizer);
}

/** `<user>`, a text, `<assistant>`, a text, the end of a document; and so on. */
function roleSpeaker(tokenizer: Tokenizer): Speaker {
  const { end } = markersOf(tokenizer);
  const tokens = roleTokens.map((name) => tokenizer.special(name)!);
  const write = (what: string, messages: readonly ChatMessage[], skip: Skip) => {
    const parts = messages.map((message, i) =>
      messageOf(tokenizer, `${what}[${i}]`, message, skip),
    );
    return messages.map(({ role }, i) => {
      const said = role === ASSISTANT;
      const all = [tokens[roles.indexOf(role)], ...parts[i], ...(said ? [end] : [])];
      return { all, marks: all.map((_, at) => (said && at > 0 ? 1 : 0)) };
    });
  };
  return {
    tokens,
    opens: true,
    documents(what, messages, skip) {
      const all = write(what, upToAnswer(what, messages), skip);
      // The last end is the document's own.
      const document = Int32Array.from(all.flatMap((one) => one.all)).slice(0, -1);
      const marks = Uint8Array.from(all.flatMap((one) => one.marks));
      return [[document, { marks, begins: false, like: document }]];
    },
    prompt(what, messages, skip) {
      const all = write(what, messages, skip).flatMap((one) => one.all);
      return Int32Array.from([...all, tokens[roles.indexOf(ASSISTANT)]]);
    },
  };
}

/** @throws InvalidInputError */
function messageOf(
  tokenizer: Tokenizer,
  what: string,
  { role, content }: ChatMessage,
  skip: Skip,
): Int32Array {
  if (!roles.includes(role)) {
    throw new InvalidInputError(
      `${what}.role must be one of ${listed(roles)}, got ${describe(role)}`,
    );
  }
  if (typeof content !== "string") {
    throw new InvalidInputError(`${what}.content must be a text, got ${describe(content)}`);
  }
  return named(`${what}.content`, () => tokenizer.encode(content, skip));
}

/** The messages to the assistant's last. @throws InvalidInputError where there is none */
function upToAnswer(what: string, messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const last = messages.map(({ role }) => role).lastIndexOf(ASSISTANT);
  if (last >= 0) return messages.slice(0, last + 1);
  throw new InvalidInputError(`${what}: the assistant says nothing, so there is nothing to learn`);
}

/** The same with a name before what is wrong. */
function named<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    // By its name: a server has a class of its own, and the tokenizer is not its.
    if (!(error instanceof Error) || error.name !== "InvalidInputError") throw error;
    throw new InvalidInputError(`${what}: ${error.message}`, { cause: error });
  }
}

/**
 * A conversation as its template writes it. An answer is what is written beyond the beginning that the template gives
 * for it (`add_generation_prompt`), to the first token that ends a text. Templates may write an answer otherwise once
 * more has been said, without its thoughts for example: it then has a document of its own, in which it is the last.
 */
function templateSpeaker(
  tokenizer: HuggingFaceTokenizer,
  template: string,
  render: typeof import("../../text/foreign/chat.js").renderChat,
): Speaker {
  const { eos } = tokenizer;
  const options = {
    bosToken: nameOf(tokenizer, tokenizer.bos),
    eosToken: nameOf(tokenizer, eos[0]),
  };
  const write = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) =>
    render(template, messages, { ...options, addGenerationPrompt });
  return {
    tokens: [],
    opens: false,
    documents: (what, messages, skip) =>
      named(what, () => {
        const known = upToAnswer(what, messages);
        const encode = (text: string) => tokenizer.encodeSpecial(text, skip);
        const answers = known.flatMap(({ role }, i) => {
          if (role !== ASSISTANT) return [];
          const text = write(known.slice(0, i + 1), false);
          return [{ text, before: encode(write(known.slice(0, i), true)), tokens: encode(text) }];
        });
        const documents: LearnedDocument[] = [];
        for (let left = answers; left.length > 0; ) {
          const { text, tokens: document } = left[left.length - 1];
          const marks = new Uint8Array(document.length + 1);
          for (const { before, tokens } of left.filter((one) => text.startsWith(one.text))) {
            const until = alike(tokens, document);
            const from = Math.min(alike(before, document), until);
            const ends = document.subarray(from, until).findIndex((token) => eos.includes(token));
            // Where the template ends nothing, the end of the document does.
            const past = ends < 0 && until === document.length ? until + 1 : until;
            marks.fill(1, from, ends < 0 ? past : from + ends + 1);
          }
          left = left.filter((one) => !text.startsWith(one.text));
          documents.push([document, { marks, begins: true, like: documents[0]?.[0] ?? document }]);
        }
        return documents;
      }),
    prompt: (what, messages, skip) =>
      named(what, () => tokenizer.encodeSpecial(write(messages, true), skip)),
  };
}

/** How a special token is written. */
function nameOf(tokenizer: HuggingFaceTokenizer, id: number | undefined): string | undefined {
  if (id === undefined) return undefined;
  const { added_tokens: added, tokens } = tokenizer.toJSON();
  return added.find((token) => token.id === id)?.content ?? tokens[id] ?? undefined;
}
