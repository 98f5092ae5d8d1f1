// The routes, and where all errors end.

import { checkKey } from "./auth.js";
import { Completions } from "./completions.js";
import { corsHeaders, preflightHeaders } from "./cors.js";
import { ApiError, asApiError } from "./errors.js";
import type { ServedModel } from "./generation.js";
import { type HandlerOptions, type ResolvedOptions, resolveOptions } from "./options.js";
import { unknownModel } from "./request.js";

/** What servers of all runtimes call. */
export type Handler = (request: Request) => Promise<Response>;

/** How a path is answered. */
interface Route {
  readonly method: "GET" | "POST";
  /** Whether a key is needed, where there are keys. */
  readonly guarded: boolean;
  answer(request: Request): Response | Promise<Response>;
}

/**
 * Serves a model in OpenAI's completion format: `POST /v1/completions`, `GET /v1/models`,
 * `GET /v1/models/{id}` and `GET /health`. Everything that goes wrong is answered as OpenAI answers it;
 * the handler itself never throws. Many requests advance side by side at the same pace.
 *
 * ```ts
 * export default { fetch: createHandler(model, { keys: [key] }) };
 * ```
 *
 * @throws InvalidInputError for an option that cannot be used, or a model that was never trained
 */
export function createHandler(model: ServedModel, options: HandlerOptions = {}): Handler {
  const resolved = resolveOptions(options);
  // A model that cannot generate says so here, not to every client.
  model.generate({ tokens: 1 });
  const find = routes(model, resolved);
  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const route = find(pathname);
    if (!route) {
      throw new ApiError(404, `Unknown request URL: ${request.method} ${pathname}`, {
        code: "unknown_url",
      });
    }
    const methods = `${route.method === "GET" ? "GET, HEAD" : route.method}, OPTIONS`;
    if (request.method === "OPTIONS") return permitted(request, methods);
    const method = request.method === "HEAD" ? "GET" : request.method;
    if (method !== route.method) {
      throw new ApiError(405, `${pathname} takes ${methods}, got ${request.method}`, {
        code: "method_not_allowed",
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
    for (const [name, value] of corsHeaders(request, resolved)) response.headers.set(name, value);
    return response;
  };
}

/** From a path to what answers it. */
function routes(
  model: ServedModel,
  options: ResolvedOptions,
): (pathname: string) => Route | undefined {
  const completions = new Completions(model, options);
  const { name, base } = options;
  const entry = {
    id: name,
    object: "model",
    created: Math.floor(Date.now() / 1000),
    owned_by: "simdream",
  };
  const get = (answer: () => Response, guarded = true): Route => ({
    method: "GET",
    guarded,
    answer,
  });
  const fixed = new Map<string, Route>([
    [
      `${base}/v1/completions`,
      { method: "POST", guarded: true, answer: (request) => completions.answer(request) },
    ],
    [`${base}/v1/models`, get(() => Response.json({ object: "list", data: [entry] }))],
    [`${base}/health`, get(() => Response.json({ status: "ok", ...completions.load }), false)],
  ]);
  const models = `${base}/v1/models/`;
  return (pathname) => {
    if (!pathname.startsWith(models)) return fixed.get(pathname);
    return get(() => {
      const id = decoded(pathname.slice(models.length));
      if (id !== name) throw unknownModel(id, options);
      return Response.json(entry);
    });
  };
}

function permitted(request: Request, methods: string): Response {
  const headers = new Headers([["allow", methods], ...preflightHeaders(request, methods)]);
  return new Response(null, { status: 204, headers });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
