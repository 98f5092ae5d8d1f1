import { InvalidInputError } from "../../host/errors.js";
import type { Backbone } from "../../sampling/backbone.js";
import type { ResolvedGeneration } from "../../sampling/options.js";

/**
 * How many tokens a network draws after those that it is fed.
 * @param asked undefined where the default is meant
 * @throws InvalidInputError where the context has no room for them
 */
export function roomAfter(
  { context }: Pick<Backbone<unknown>, "context">,
  fed: number,
  asked: number | undefined,
  { maxTokens, overflow }: ResolvedGeneration,
): number {
  if (context === undefined || overflow === "slide") return maxTokens;
  // The last token that is drawn is not read.
  const room = context - fed + 1;
  const fitting = Math.min(maxTokens, room);
  const most = overflow === "stop" ? fitting : (asked ?? fitting);
  if (most <= room && room > 0) return most;
  throw new InvalidInputError(
    `the model's context holds ${context} tokens: after the ${fed} that it reads first it can draw ` +
      `${Math.max(0, room)}, got maxTokens ${asked ?? maxTokens}. Ask for fewer, shorten the prompt, or let it forget the oldest ` +
      'with overflow: "slide"',
  );
}
