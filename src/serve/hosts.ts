// Which names a server answers to. A page may let its own name point to a server on this machine (DNS
// rebinding) and then ask as if it were of the same origin; the name that it asks for gives it away.

import { ApiError, invalid } from "./errors.js";

const HOST = /^(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i;

/**
 * The path that is asked for.
 * @param hosts names that are answered to besides those of the machine itself; undefined: all
 * @throws ApiError 400 where the host is none, 403 where it is not among those that are answered
 */
export function checkHost(request: Request, hosts: readonly string[] | undefined): string {
  const given = request.headers.get("host");
  const url = urlOf(request);
  const [, name, port = "0"] = HOST.exec(given ?? url?.host ?? "") ?? [];
  if (!url || name === undefined || Number(port) > 65535) {
    throw invalid("host", "The header Host must be a name and a port, such as localhost:8080");
  }
  if (hosts === undefined || isLoopback(name) || hosts.includes(plain(name))) return url.pathname;
  throw new ApiError(403, `This server does not answer to the host '${name.slice(0, 255)}'`, {
    code: "host_not_allowed",
  });
}

/** Whether a name means the machine itself, whoever resolves it. */
export function isLoopback(host: string): boolean {
  const name = plain(host);
  const address = name.replace(/^::ffff:/, "");
  return /^(.+\.)?localhost$/.test(name) || name === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
}

/** A name without its brackets and its last dot, in small letters. */
export function plain(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}

/** Some servers make the address when it is asked for, from what the client says. */
function urlOf(request: Request): URL | undefined {
  try {
    return new URL(request.url);
  } catch {
    return undefined;
  }
}
