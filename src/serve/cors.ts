// Which pages may ask from a browser.

import type { ResolvedOptions } from "./options.js";

/** Headers for the page that asks, if it may. */
export function corsHeaders(request: Request, { cors }: ResolvedOptions): [string, string][] {
  if (cors !== true && cors.length === 0) return [];
  const origin = request.headers.get("origin");
  const headers: [string, string][] = cors === true ? [] : [["vary", "Origin"]];
  if (origin === null || (cors !== true && !cors.includes(origin))) return headers;
  headers.push(["access-control-allow-origin", cors === true ? "*" : origin]);
  headers.push(["access-control-expose-headers", "retry-after, x-request-id"]);
  return headers;
}

/** Further headers of the answer to a browser that asks before it asks. */
export function preflightHeaders(
  request: Request,
  methods: string,
  { cors }: ResolvedOptions,
): [string, string][] {
  const wanted = request.headers.get("access-control-request-headers");
  const origin = request.headers.get("origin");
  const allowed = origin !== null && (cors === true || cors.includes(origin));
  // From a network into this machine: some browsers ask for that apart.
  const inward = request.headers.get("access-control-request-private-network") === "true";
  const more: [string, string][] =
    inward && allowed ? [["access-control-allow-private-network", "true"]] : [];
  return [
    ...more,
    ["access-control-allow-methods", methods],
    // OpenAI's client sends headers about itself: any may come, none is read.
    ["access-control-allow-headers", wanted ?? "authorization, content-type"],
    ["access-control-max-age", "86400"],
  ];
}
