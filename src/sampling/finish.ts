/**
 * Why a sample ended: `length`, its `maxTokens` are used up; `stop`, a stop string came; `end`, the model
 * ended the document, or a text of a grammar is complete; `blocked`, bans and masks left no token.
 */
export type FinishReason = "length" | "stop" | "end" | "blocked";
