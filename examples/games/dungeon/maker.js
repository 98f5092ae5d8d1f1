// What the page asks of the worker.

/** @returns what makes rooms, hints and heroes, in a thread of its own */
export function startMaker() {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  const waiting = new Map();
  let asked = 0;
  worker.addEventListener("message", ({ data: { id, result, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  worker.addEventListener("error", ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message ?? "the worker died"));
    waiting.clear();
  });
  const ask = (what, options) =>
    new Promise((resolve, reject) => {
      waiting.set(++asked, { resolve, reject });
      worker.postMessage({ id: asked, what, options });
    });
  return {
    /** `{ text, solution, link }` of a day's room. @param number from 0 */
    room: (date, number) => ask("room", { date, number }),
    /** The room of a link. */
    linked: (link) => ask("linked", { link }),
    /** The solver's moves from here, or undefined where the room cannot be solved any more. */
    solution: (text) => ask("solution", { text }),
    /** `{ name, class, history, figures, face }` of a day. */
    hero: (date) => ask("hero", { date }),
  };
}
