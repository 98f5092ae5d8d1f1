// The words of a client that become addresses, and the names that a server answers to.

import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { completion, errorOf, handlerOf, listening } from "./help.js";

/** All that a server says to a request as it stands. */
function raw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.end(request));
    socket.setEncoding("utf8").on("data", (part: string) => {
      answer += part;
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const asking = (host: string, target = "/v1/models") =>
  `GET ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;

describe("addresses made of a client's words", () => {
  it("are a bad request where they are none, and nothing is logged", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const url = await listening(handlerOf());
    const hosts = [
      "x:99999",
      "x:65536",
      "a b",
      "a@b",
      "x/v1/models?",
      "[::1",
      "[zz]",
      "x:y",
      "a,b",
    ];
    for (const host of [...hosts, "<script>", "%zz", "ö", "x:80:80"]) {
      const answer = await raw(url, asking(host));
      expect({ host, answer }).toMatchObject({ answer: expect.stringMatching(/^HTTP\/1\.1 400 /) });
    }
    for (const target of [
      "*",
      "//",
      "/\\",
      "http://[",
      "http://x:99999/v1/models",
      "/%",
      "/%00",
      "a",
    ]) {
      const answer = await raw(url, asking("localhost", target));
      expect({ target, answer }).toMatchObject({
        answer: expect.stringMatching(/^HTTP\/1\.1 40[04] /),
      });
    }
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
  });

  it("are named in the answer as OpenAI names what is wrong", async () => {
    const host = new Request("http://test/v1/models", { headers: { host: "x:99999" } });
    const broken = { url: "http://x:99999/", method: "GET", headers: new Headers() } as Request;
    for (const request of [host, broken]) {
      const error = await errorOf(await handlerOf()(request));
      expect(error).toMatchObject({ status: 400, param: "host", type: "invalid_request_error" });
    }
  });
});

describe("hosts", () => {
  const from = (host: string, init: RequestInit = {}) =>
    new Request("http://127.0.0.1:8080/v1/models", { ...init, headers: { host, ...init.headers } });

  it("are those of the machine itself, and those that are named", async () => {
    const handler = handlerOf({ hosts: ["model.test", "[fd00::1]"] });
    const own = ["localhost", "LOCALHOST:80", "app.localhost:8080", "127.0.0.1", "127.9.9.9:1"];
    for (const host of [
      ...own,
      "[::1]:8080",
      "localhost.",
      "model.test",
      "Model.Test:8",
      "[fd00::1]",
    ]) {
      expect({ host, status: (await handler(from(host))).status }).toEqual({ host, status: 200 });
    }
    const others = [
      "evil.test",
      "localhost.evil.test",
      "127.0.0.1.evil.test",
      "128.0.0.1",
      "[::2]",
    ];
    for (const host of [...others, "evil.test:8080", "xlocalhost", "sub.model.test"]) {
      const error = await errorOf(await handler(from(host)));
      expect({ host, ...error }).toMatchObject({ host, status: 403, code: "host_not_allowed" });
    }
    expect((await handlerOf()(from("any.test"))).status).toBe(200);
    expect((await handlerOf({ hosts: ["model.test", "*"] })(from("any.test"))).status).toBe(200);
    expect((await handlerOf({ hosts: "fd00::1" })(from("[fd00::1]:80"))).status).toBe(200);
  });

  it("are checked before anything else is", async () => {
    const handler = handlerOf({ hosts: [], cors: true, keys: "secret" });
    const headers = { host: "evil.test", origin: "http://evil.test" };
    expect((await handler(from("evil.test", { method: "OPTIONS" }))).status).toBe(403);
    const asked = completion(
      { prompt: "the " },
      {
        headers: { ...headers, "content-type": "application/json" },
      },
    );
    expect((await handler(asked)).status).toBe(403);
    expect((await handler(new Request("http://evil.test/health"))).status).toBe(403);
  });
});

describe("a preflight from another network", () => {
  const preflight = (origin: string) =>
    new Request("http://127.0.0.1/v1/completions", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-private-network": "true" },
    });
  const allowed = "access-control-allow-private-network";

  it("is let in where the origin is", async () => {
    const handler = handlerOf({ cors: "https://page.test" });
    expect((await handler(preflight("https://page.test"))).headers.get(allowed)).toBe("true");
    expect((await handler(preflight("https://other.test"))).headers.get(allowed)).toBeNull();
    expect((await handlerOf()(preflight("https://page.test"))).headers.get(allowed)).toBeNull();
    const any = handlerOf({ cors: true });
    expect((await any(preflight("https://page.test"))).headers.get(allowed)).toBe("true");
    const plain = new Request("http://127.0.0.1/health", {
      method: "OPTIONS",
      headers: { origin: "https://page.test" },
    });
    expect((await any(plain)).headers.get(allowed)).toBeNull();
  });
});
