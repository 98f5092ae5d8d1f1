// Verifies solutions: npm run daily-server. It takes { link, level, moves } and makes the level of the link again: who changed the level, or
// says moves that do not solve it, is not on the list.
//
//   curl localhost:8080/today
//   curl -d '{"link":"…","level":"…","moves":"lluR"}' localhost:8080/solved
import { createServer } from "node:http";
import { dailySeed, levelLink, verify } from "simdream/game";
import { file, levelOf, options } from "./level.mjs";

const LONGEST = 10_000;

function today() {
  const seed = dailySeed(new Date(), "warehouse");
  return { link: levelLink({ model: file, seed, options }) };
}

/** Whether the moves push every box to a goal. */
function solves(level, moves) {
  const width = level.indexOf("\n") + 1;
  const steps = { l: -1, u: -width, r: 1, d: width };
  const boxes = new Set([...level].flatMap((symbol, i) => ("$*".includes(symbol) ? [i] : [])));
  let player = [...level].findIndex((symbol) => "@+".includes(symbol));
  for (const move of moves.toLowerCase()) {
    const step = steps[move];
    if (step === undefined || level[player + step] === "#") return false;
    player += step;
    if (!boxes.delete(player)) continue;
    const to = player + step;
    if (level[to] === "#" || boxes.has(to)) return false;
    boxes.add(to);
  }
  return [...boxes].every((cell) => ".*+".includes(level[cell]));
}

async function solved(text) {
  const { link, level, moves } = JSON.parse(text);
  if (typeof moves !== "string") throw new Error("moves must be a text");
  if (!(await verify(link, level, levelOf))) return { verified: false, reason: "another level" };
  if (!solves(level, moves)) return { verified: false, reason: "moves that do not solve it" };
  return { verified: true, pushes: moves.replace(/[a-z]/g, "").length };
}

async function bodyOf(request) {
  let text = "";
  for await (const part of request) {
    text += part;
    if (text.length > LONGEST) throw new Error("too much is said");
  }
  return text;
}

const server = createServer(async (request, response) => {
  const answer = (status, value) => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  };
  try {
    if (request.url === "/today") answer(200, today());
    else if (request.url === "/solved" && request.method === "POST") {
      answer(200, await solved(await bodyOf(request)));
    } else answer(404, { error: "there are /today and /solved" });
  } catch (error) {
    answer(400, { error: error.message });
  }
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${server.address().port}`),
);
