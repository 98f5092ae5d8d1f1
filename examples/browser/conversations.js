// Conversations as files have them: a JSON object `{ "messages": [{ "role", "content" }, …] }` a line, or the list alone.

const messagesIn = (value) => (Array.isArray(value) ? value : Object(value).messages);

/**
 * The conversations of a text; undefined where its first line is none, so that it is an ordinary text.
 * @throws Error that names a line after the first that is none
 */
export function conversationsIn(text) {
  const found = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    let messages;
    try {
      messages = messagesIn(JSON.parse(line));
    } catch {}
    if (!Array.isArray(messages)) {
      if (found.length === 0) return undefined;
      throw new Error(`Line ${i + 1} is no conversation: expected {"messages": […]}.`);
    }
    found.push({ messages });
  }
  return found.length > 0 ? found : undefined;
}

/** What is said before the first answer of the first conversation in which that is something. */
export function questionIn(conversations) {
  const questions = conversations.map(({ messages }) =>
    messages.slice(0, messages.map(({ role }) => role).indexOf("assistant")),
  );
  return questions.find((messages) => messages.length > 0);
}

/** How a model reads conversations, in words; undefined where it knows none. */
export function conversationsOf({ config, tokenizer }) {
  if (!config.documents) return undefined;
  if (tokenizer.chatTemplate !== undefined) return "by its chat template";
  return tokenizer.special("<assistant>") === undefined ? undefined : "with a token for each role";
}
