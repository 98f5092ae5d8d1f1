// Every request's way in and out: who may ask, and where all errors end.

import { checkKey } from "./auth.js";
import { corsHeaders, preflightHeaders } from "./cors.js";
import { ApiError, asApiError } from "./errors.js";
import { checkHost } from "./hosts.js";
import type { ServedModel } from "./model.js";
import { type HandlerOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { readiness } from "./readiness.js";
import { routes } from "./routes.js";

/** What servers of all runtimes call. */
export type Handler = (request: Request) => Promise<Response>;

/**
 * Serves a model, of this thread or of a worker, in OpenAI's formats: a `LanguageModel` or a `Seq2Seq` by
 * `POST /v1/completions` and `POST /v1/chat/completions`, a `Diffusion`, a `GAN` or a `VAE` by
 * `POST /v1/images/generations`, and every one by `GET /v1/models`, `GET /v1/models/{id}` and
 * `GET /health`. Everything that goes wrong is answered as OpenAI answers it; the handler itself never throws.
 * Many requests advance side by side at the same pace.
 *
 * ```ts
 * export default { fetch: createHandler(model, { keys: [key] }) };
 * ```
 *
 * @param model a trained model, or a promise of one: requests wait for it, and get 503 where it fails
 * @throws InvalidInputError for an option that cannot be used, or what is no trained model
 */
export function createHandler(
  model: ServedModel | PromiseLike<ServedModel>,
  options: HandlerOptions = {},
): Handler {
  const resolved = resolveOptions(options);
  const find = routes(readiness(model, resolved), resolved);
  const answer = async (request: Request): Promise<Response> => {
    const pathname = checkHost(request, resolved.hosts);
    const route = find(pathname);
    const shown = pathname.slice(0, 500);
    if (!route) {
      throw new ApiError(404, `Unknown request URL: ${request.method} ${shown}`, {
        code: "unknown_url",
      });
    }
    const methods = `${route.method === "GET" ? "GET, HEAD" : route.method}, OPTIONS`;
    if (request.method === "OPTIONS") return permitted(request, methods, resolved);
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (method !== route.method) {
      throw new ApiError(405, `Not allowed to ${request.method} on ${shown}: it takes ${methods}`, {
        code: "method_not_supported",
        headers: { allow: methods },
      });
    }
    if (route.guarded) checkKey(request, resolved.keys);
    const response = await route.answer(request);
    return request.method === "HEAD" ? new Response(null, response) : response;
  };
  return async (request) => {
    let response: Response;
    try {
      response = await answer(request);
    } catch (error) {
      const failure = asApiError(error, resolved.onError);
      response = Response.json(failure, { status: failure.status, headers: failure.headers });
    }
    response.headers.set("x-request-id", requestId(request));
    for (const [name, value] of corsHeaders(request, resolved)) response.headers.set(name, value);
    return response;
  };
}

function permitted(request: Request, methods: string, options: ResolvedOptions): Response {
  const more = preflightHeaders(request, methods, options);
  return new Response(null, { status: 204, headers: new Headers([["allow", methods], ...more]) });
}

/** The client's own, where it gave one that can be logged as it is. */
function requestId(request: Request): string {
  const given = request.headers.get("x-request-id") ?? "";
  if (/^[\w.:-]{1,128}$/.test(given)) return given;
  return `req_${crypto.randomUUID().replaceAll("-", "")}`;
}
