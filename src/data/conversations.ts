// Conversations: messages in turn, of which a model learns the assistant's.

import { describe, InvalidInputError } from "../host/errors.js";
import type { ChatMessage } from "../text/chat-message.js";

/** Messages in turn, as a list or as the member of an object. */
export type Conversation =
  | readonly ChatMessage[]
  | { readonly messages: readonly ChatMessage[]; readonly text?: undefined };

/** What of a document is learned, where that is not all of it. */
export interface Learned {
  /** Of each token, and of what ends the document after the last, 1 where it is learned. */
  readonly marks: Uint8Array;
  /** Whether the document says itself how it begins, so that no start comes before it. */
  readonly begins: boolean;
  /** The document whose validation it shares: a conversation may be several documents. */
  readonly like: Int32Array;
}

/** Whether one of a list of documents is a conversation. */
export function isConversation(one: unknown): one is Conversation {
  return Array.isArray(one) || (typeof one === "object" && one !== null && "messages" in one);
}

/** What the list of a conversation's messages is called where the conversation is called `what`. */
export function messagesName(what: string, conversation: Conversation): string {
  return Array.isArray(conversation) ? what : `${what}.messages`;
}

/** The messages of a conversation that is called `what`. @throws InvalidInputError */
export function messagesOf(what: string, conversation: Conversation): readonly ChatMessage[] {
  const messages = "messages" in conversation ? conversation.messages : conversation;
  return checkMessages(messagesName(what, conversation), messages);
}

/** Returns the list. @throws InvalidInputError for what is no list of messages, or empty */
export function checkMessages(name: string, messages: unknown): readonly ChatMessage[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    const expected = 'a list of messages such as { role: "user", content: "…" }';
    throw new InvalidInputError(`${name} must be ${expected}, got ${describe(messages)}`);
  }
  messages.forEach((message: unknown, i) => {
    const { role } = Object(message) as Record<string, unknown>;
    if (typeof role === "string") return;
    const got = typeof message === "object" ? `role ${describe(role)}` : describe(message);
    throw new InvalidInputError(
      `${name}[${i}] must be a message such as { role: "user", content: "…" }, got ${got}`,
    );
  });
  return messages;
}

/** Number of tokens of a document that are learned, its end among them. */
export function learnedOf(document: Int32Array, learned: Learned | undefined): number {
  if (!learned) return document.length + 1;
  return learned.marks.reduce((all, mark) => all + mark, 0);
}
