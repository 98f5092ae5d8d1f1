import { LanguageModel } from "simdream";
import { outcome } from "./task.js";

addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === "/generate") {
    event.respondWith(generate(event.request));
  }
});

async function generate(request) {
  const bytes = new Uint8Array(await request.arrayBuffer());
  return Response.json(outcome(await LanguageModel.load(bytes)));
}
