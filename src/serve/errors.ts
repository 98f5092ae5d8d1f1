// Errors as OpenAI's API words them, so that its clients raise the classes that their users know.

import { InvalidInputError } from "../api.js";

/** What an error says beside its message. */
interface Details {
  readonly type?: string;
  /** The field of the request at fault. */
  readonly param?: string;
  readonly code?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is an error: thrown anywhere while a request is handled. */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;

  constructor(status: number, message: string, details: Details = {}) {
    super(message);
    this.status = status;
    this.type = details.type ?? (status < 500 ? "invalid_request_error" : "server_error");
    this.param = details.param ?? null;
    this.code = details.code ?? null;
    this.headers = details.headers ?? {};
  }

  /** The body of the answer, and the last event of a stream that fails. */
  toJSON(): object {
    const { message, type, param, code } = this;
    return { error: { message, type, param, code } };
  }
}

/** A field that cannot be used. */
export function invalid(param: string, message: string, code = "invalid_value"): ApiError {
  return new ApiError(400, message, { param, code });
}

/** Tells the owner, whose function may throw itself. */
export function report(error: unknown, onError: (error: unknown) => void): void {
  try {
    onError(error);
  } catch {
    // Whoever asked is answered all the same.
  }
}

/** Errors of a model that are nobody's input, and that a client may read. */
const told = ["NotFiniteError", "OutOfMemoryError"];

/**
 * The error to answer with: what the model refuses is the request's fault, the rest is ours, and
 * `onError` is told of it.
 */
export function asApiError(error: unknown, onError: (error: unknown) => void): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof InvalidInputError) {
    const { message } = error;
    if (message.includes("model's context")) {
      const own = message.replace("maxTokens", "max_tokens");
      return new ApiError(400, own, { code: "context_length_exceeded" });
    }
    // These are the fields that the model itself reads by name.
    const [name] = /^(labels[^\s:]*|sampler|prompt\b|negative\b)/.exec(message) ?? [];
    const param = name === "negative" ? "negative_prompt" : name;
    const long = / has \d+ tokens, the model reads at most/.test(message);
    const code = long ? "context_length_exceeded" : "invalid_value";
    return new ApiError(400, message, { code, ...(param ? { param } : {}) });
  }
  report(error, onError);
  // By name: the error may be of another copy of the package.
  if (error instanceof Error && told.includes(error.name)) {
    return new ApiError(500, error.message, { code: "model_error" });
  }
  return new ApiError(500, "The server had an error while it handled the request", {
    code: "internal_error",
  });
}
