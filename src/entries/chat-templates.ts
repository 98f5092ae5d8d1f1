// simdream/chat-templates: conversations as texts, by the templates that pretrained models bring. The package asks for it with the
// first model that has one; programs that are bundled in one piece can leave it out.

export type { ChatMessage } from "../text/chat-message.js";
export { type ChatOptions, renderChat } from "../text/foreign/chat.js";
