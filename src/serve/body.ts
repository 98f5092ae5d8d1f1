// Reads a request's JSON without trusting its size, its speed or its sender.

import { ApiError } from "./errors.js";
import type { ResolvedOptions } from "./options.js";

/** @throws ApiError 400, 408, 413 or 415 */
export async function readJson(request: Request, options: ResolvedOptions): Promise<unknown> {
  const type = request.headers.get("content-type") ?? "";
  // A page of another origin can send other types without asking first.
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new ApiError(415, `The body must be sent as application/json, got "${type}"`, {
      code: "unsupported_media_type",
    });
  }
  const bytes = await readBytes(request, options);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const encoding = request.headers.get("content-encoding") ?? "identity";
    // Only where it cannot be read: some platforms decompress a body and keep the header.
    if (encoding.toLowerCase() !== "identity") {
      throw new ApiError(
        415,
        `The body must not be compressed, got Content-Encoding "${encoding}"`,
        {
          ...{ code: "unsupported_media_type", headers: { "accept-encoding": "identity" } },
        },
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new ApiError(400, `The body is not valid JSON in UTF-8: ${reason}`, {
      code: "invalid_json",
    });
  }
}

/**
 * The body, as long as it is small and soon. What is left of another one is not read: how to end such
 * a connection is the server's business.
 */
async function readBytes(request: Request, options: ResolvedOptions): Promise<Uint8Array> {
  const { maxBodyBytes, bodyTimeout } = options;
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) throw tooLarge(options);
  if (!request.body) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooSlow(bodyTimeout)), bodyTimeout);
  });
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const next = reader.read();
      // After the deadline nobody waits for it any more.
      next.catch(() => {});
      const { done, value } = await Promise.race([next, late]).catch(broken);
      if (done) return join(parts, size);
      size += value.length;
      if (size > maxBodyBytes) throw tooLarge(options);
      parts.push(value);
    }
  } finally {
    clearTimeout(timer);
    reader.releaseLock();
  }
}

function broken(error: unknown): never {
  if (error instanceof ApiError) throw error;
  throw new ApiError(400, "The body broke off before its end", { code: "incomplete_body" });
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function tooLarge({ maxBodyBytes }: ResolvedOptions): ApiError {
  return new ApiError(413, `The body must have at most ${maxBodyBytes} bytes`, {
    code: "request_too_large",
  });
}

function tooSlow(bodyTimeout: number): ApiError {
  return new ApiError(408, `The body must come within ${bodyTimeout / 1000} s`, {
    code: "request_timeout",
  });
}
