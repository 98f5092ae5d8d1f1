// JSON text in the order in which it was made.

/**
 * JSON of a value made of plain objects, lists and Maps. A Map is written as an object whose keys keep their
 * order; those of an object do not where they are digits.
 */
export function jsonOf(value: unknown): string {
  if (value instanceof Map) return written(value);
  if (Array.isArray(value)) return `[${value.map(jsonOf).join(",")}]`;
  if (typeof value === "object" && value !== null) return written(Object.entries(value));
  return JSON.stringify(value) ?? "null";
}

function written(entries: Iterable<readonly [string, unknown]>): string {
  const parts: string[] = [];
  for (const [key, value] of entries) {
    if (value !== undefined) parts.push(`${JSON.stringify(key)}:${jsonOf(value)}`);
  }
  return `{${parts.join(",")}}`;
}

/** The answer with this body. */
export function jsonResponse(body: object): Response {
  return new Response(jsonOf(body), { headers: { "content-type": "application/json" } });
}
