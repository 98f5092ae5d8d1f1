// The paths, and what answers them.

import { Admission } from "./admission.js";
import { type Format, now } from "./answer.js";
import { chat } from "./chat.js";
import { completions } from "./completion.js";
import { answer as generated } from "./endpoint.js";
import { ApiError } from "./errors.js";
import type { Served } from "./model.js";
import type { ResolvedOptions } from "./options.js";
import { pictures } from "./pictures.js";
import { unknownModel } from "./request.js";

/** How a path is answered. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Whether a key is needed, where there are keys. */
  readonly guarded: boolean;
  answer(request: Request): Response | Promise<Response>;
}

/** From a path to what answers it. */
export function routes(
  ready: () => Promise<Served>,
  options: ResolvedOptions,
): (pathname: string) => Route | undefined {
  const { name, base } = options;
  const admission = new Admission(options);
  const created = now();
  const entry = (id: string) => ({ id, object: "model", created, owned_by: "simdream" });
  /** The model, and its adapters once it is there. */
  const ids = async () => {
    const served = await ready().catch(() => undefined);
    return [name, ...(served?.kind === "texts" ? served.adapters : [])];
  };
  const get = (answer: Route["answer"], guarded = true): Route => ({
    method: "GET",
    guarded,
    answer,
  });
  const post = <S extends Served, R extends { readonly stream: boolean }, P>(
    kind: S["kind"],
    format: Format<S, R, P>,
  ): Route => ({
    method: "POST",
    guarded: true,
    async answer(request) {
      const served = await ready();
      if (served.kind !== kind) throw otherKind(served, options);
      return generated(request, format, served as S, admission, options);
    },
  });
  const health = async () => {
    await ready();
    const { running, waiting } = admission;
    return Response.json({ status: "ok", running, waiting });
  };
  const fixed = new Map<string, Route>([
    [`${base}/v1/completions`, post("texts", completions)],
    [`${base}/v1/chat/completions`, post("texts", chat)],
    [`${base}/v1/images/generations`, post("pictures", pictures)],
    [
      `${base}/v1/models`,
      get(async () => Response.json({ object: "list", data: (await ids()).map(entry) })),
    ],
    [`${base}/health`, get(health, false)],
  ]);
  const models = `${base}/v1/models/`;
  return (pathname) => {
    if (!pathname.startsWith(models)) return fixed.get(pathname);
    return get(async () => {
      const id = decoded(pathname.slice(models.length));
      if (id !== name && !(await ids()).includes(id)) throw unknownModel(id, options);
      return Response.json(entry(id));
    });
  };
}

/** A path that the model has nothing to answer with. */
function otherKind({ kind }: Served, { name, base }: ResolvedOptions): ApiError {
  const [makes, path] =
    kind === "pictures" ? ["pictures", "images/generations"] : ["text", "completions"];
  return new ApiError(404, `The model '${name}' makes ${makes}: ask POST ${base}/v1/${path}`, {
    param: "model",
    code: "model_not_supported",
  });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
