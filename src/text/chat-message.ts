// A message, as templates and models read it.

/** One message of a conversation; templates of pretrained models may look at further members. */
export interface ChatMessage {
  /** Who says it, such as "system", "user", "assistant" or "tool". */
  readonly role: string;
  readonly content?: unknown;
  readonly [member: string]: unknown;
}
