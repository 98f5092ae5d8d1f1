// Bearer keys.

import { ApiError } from "./errors.js";

/** @throws ApiError 401 where a key is asked for and none of `keys` came */
export function checkKey(request: Request, keys: readonly string[]): void {
  if (keys.length === 0) return;
  const header = request.headers.get("authorization") ?? "";
  const given = /^Bearer +(.*)$/i.exec(header)?.[1];
  const challenge = { "www-authenticate": "Bearer" };
  if (given === undefined) {
    throw new ApiError(401, "An API key is needed, in the header Authorization: Bearer <key>", {
      headers: challenge,
    });
  }
  let known = false;
  for (const key of keys) known = sameText(key, given) || known;
  if (known) return;
  throw new ApiError(401, "Incorrect API key provided", {
    code: "invalid_api_key",
    headers: challenge,
  });
}

/** Compares in a time that depends on `given` alone. */
function sameText(secret: string, given: string): boolean {
  const encoder = new TextEncoder();
  const [a, b] = [encoder.encode(secret), encoder.encode(given)];
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= a[i % a.length] ^ b[i];
  return difference === 0;
}
