// Paths, methods, keys and pages of other origins.

import { describe, expect, it } from "vitest";
import { completion, errorOf, handlerOf } from "./help.js";

const get = (path: string, init: RequestInit = {}) => new Request(`http://test${path}`, init);
const bearer = (key: string) => ({ headers: { authorization: key } });

describe("routes", () => {
  const handler = handlerOf();

  it("tell health and models", async () => {
    const health = await handler(get("/health"));
    expect(await health.json()).toEqual({ status: "ok", running: 0, waiting: 0 });
    const entry = {
      id: "tiny",
      object: "model",
      owned_by: "simdream",
      created: expect.any(Number),
    };
    const models = await handler(get("/v1/models?limit=3"));
    expect(await models.json()).toEqual({ object: "list", data: [entry] });
    expect(await (await handler(get("/v1/models/tiny"))).json()).toEqual(entry);
    const odd = handlerOf({ name: "a/b 天" });
    const retrieved = await odd(get(`/v1/models/${encodeURIComponent("a/b 天")}`));
    expect(((await retrieved.json()) as { id: string }).id).toBe("a/b 天");
    for (const id of ["other", "%", ""]) {
      const error = await errorOf(await handler(get(`/v1/models/${id}`)));
      expect(error).toMatchObject({ status: 404, code: "model_not_found", param: "model" });
    }
  });

  it("answer what they do not know as OpenAI does", async () => {
    for (const path of [
      "/",
      "/v1",
      "/v1/completions/",
      "/v1/chat",
      "/v1/embeddings",
      "/V1/models",
    ]) {
      const error = await errorOf(await handler(get(path)));
      expect(error).toMatchObject({ status: 404, code: "unknown_url" });
      expect(error.message).toBe(`Unknown request URL: GET ${path}`);
    }
    for (const [path, method, allow] of [
      ["/v1/completions", "GET", "POST, OPTIONS"],
      ["/v1/completions", "HEAD", "POST, OPTIONS"],
      ["/v1/chat/completions", "GET", "POST, OPTIONS"],
      ["/v1/models", "POST", "GET, HEAD, OPTIONS"],
      ["/v1/models/tiny", "DELETE", "GET, HEAD, OPTIONS"],
      ["/health", "PUT", "GET, HEAD, OPTIONS"],
    ]) {
      const response = await handler(get(path, { method }));
      expect(response.headers.get("allow")).toBe(allow);
      expect(await errorOf(response)).toMatchObject({ status: 405, code: "method_not_supported" });
    }
  });

  it("know HEAD and OPTIONS", async () => {
    const head = await handler(get("/v1/models", { method: "HEAD" }));
    expect(head.status).toBe(200);
    expect(head.headers.get("content-type")).toContain("application/json");
    expect(await head.text()).toBe("");
    const options = await handler(get("/v1/completions", { method: "OPTIONS" }));
    expect([options.status, options.headers.get("allow")]).toEqual([204, "POST, OPTIONS"]);
    expect(options.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("can lie under a path", async () => {
    const based = handlerOf({ base: "/api/model" });
    expect((await based(get("/api/model/v1/models/tiny"))).status).toBe(200);
    expect((await based(get("/api/model/health"))).status).toBe(200);
    expect((await based(get("/v1/models"))).status).toBe(404);
  });
});

describe("request ids", () => {
  it("are on every answer, the client's own where it is plain", async () => {
    const handler = handlerOf({ keys: "secret" });
    const requests = [
      get("/health"),
      get("/nothing"),
      get("/v1/models"),
      get("/v1/models", { method: "OPTIONS" }),
      completion({}, { headers: { authorization: "Bearer secret" } }),
    ];
    const ids = new Set<string | null>();
    for (const request of requests) ids.add((await handler(request)).headers.get("x-request-id"));
    expect(ids.size).toBe(5);
    for (const id of ids) expect(id).toMatch(/^req_[\da-f]{32}$/);
    const own = async (id: string) => {
      const response = await handler(get("/health", { headers: { "x-request-id": id } }));
      return response.headers.get("x-request-id");
    };
    expect(await own("job-7:a.b_c")).toBe("job-7:a.b_c");
    for (const odd of ["a b", "<b>", "x".repeat(129), "é", ""]) {
      expect(await own(odd)).toMatch(/^req_[\da-f]{32}$/);
    }
  });
});

describe("keys", () => {
  const handler = handlerOf({ keys: ["first key", "zwölf"] });

  it("open everything but health", async () => {
    for (const key of ["Bearer first key", "bearer first key", "Bearer   first key"]) {
      expect((await handler(get("/v1/models", bearer(key)))).status).toBe(200);
    }
    expect((await handler(get("/health"))).status).toBe(200);
    const single = handlerOf({ keys: "one" });
    expect((await single(get("/v1/models", bearer("Bearer one")))).status).toBe(200);
  });

  it("are refused where they are missing or wrong", async () => {
    for (const path of ["/v1/models", "/v1/models/tiny"]) {
      const missing = await handler(get(path));
      expect(missing.headers.get("www-authenticate")).toBe("Bearer");
      expect(await errorOf(missing)).toMatchObject({ status: 401, code: null });
    }
    const wrong = ["first ke", "first keyy", "first kez", "First key", "f", "first key,x"];
    for (const key of [...wrong, "first keyfirst key", "zwolf", "", "undefined"]) {
      const error = await errorOf(await handler(get("/v1/models", bearer(`Bearer ${key}`))));
      expect(error).toMatchObject({ status: 401, type: "invalid_request_error" });
      if (key !== "") expect(error.message).not.toContain(key);
    }
    for (const header of ["first key", "Basic first key", "Bearerfirst key"]) {
      expect((await handler(get("/v1/models", bearer(header)))).status).toBe(401);
    }
    // Refused before the body is looked at.
    expect((await handler(completion("{"))).status).toBe(401);
  });
});

describe("pages of other origins", () => {
  const from = (origin: string, init: RequestInit = {}) =>
    get("/v1/models", { ...init, headers: { origin, ...init.headers } });
  const allowed = "access-control-allow-origin";

  it("may not ask unless they are let", async () => {
    const response = await handlerOf()(from("https://page.test"));
    expect(response.headers.get(allowed)).toBeNull();
    const handler = handlerOf({ cors: "https://page.test" });
    const own = await handler(from("https://page.test"));
    expect([own.headers.get(allowed), own.headers.get("vary")]).toEqual([
      "https://page.test",
      "Origin",
    ]);
    const other = await handler(from("https://other.test"));
    expect([other.headers.get(allowed), other.headers.get("vary")]).toEqual([null, "Origin"]);
    expect((await handlerOf({ cors: true })(from("https://any.test"))).headers.get(allowed)).toBe(
      "*",
    );
  });

  it("are told so beforehand, and see errors", async () => {
    const handler = handlerOf({ cors: ["https://page.test"], keys: "secret" });
    const wanted = { "access-control-request-headers": "authorization, x-stainless-lang" };
    const preflight = await handler(
      from("https://page.test", { method: "OPTIONS", headers: wanted }),
    );
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get(allowed)).toBe("https://page.test");
    expect(preflight.headers.get("access-control-allow-headers")).toBe(
      wanted["access-control-request-headers"],
    );
    expect(preflight.headers.get("access-control-allow-methods")).toContain("GET");
    const refused = await handler(from("https://page.test"));
    expect([refused.status, refused.headers.get(allowed)]).toEqual([401, "https://page.test"]);
  });
});
