// The conversation on the page of pretrained models: all of it is read again for every answer, and where it is too long for
// the model, the oldest turns are left out.

import { at, number } from "./page.js";

/** The most tokens of an answer, and its share of a context. */
const MOST = 200;
const SHARE = 1 / 4;

/**
 * @param current gives the `model`, and the name of its `adapter` or null
 * @returns `start()`, a conversation from the beginning; `offers(starters)`, what one may begin with;
 *   `ready(free)`, whether something may be said; `adapts()`, where there is another adapter or none
 */
export function chat(current) {
  /** Turns `{ question, answer, elements }`, and how many of them the model no longer reads. */
  let turns = [];
  let forgotten = 0;
  /** Of the answer that is being written. */
  let answering;
  /** Each answer is drawn with a seed of its own. */
  let seed = 0;
  let free = false;
  let adaptedBy = null;

  const shows = () => {
    const now = answering !== undefined;
    at("send").hidden = now;
    at("hush").hidden = !now;
    at("send").disabled = !free;
    at("again").disabled = !free || now || turns.length === 0;
    at("fresh").disabled = turns.length === 0;
    at("starters").hidden = turns.length > 0 || at("starters").children.length === 0;
  };

  const bubble = (role, text) => {
    const item = document.createElement("li");
    item.className = role;
    const said = document.createElement("p");
    said.textContent = text;
    item.append(said);
    at("said").append(item);
    at("said").scrollTop = at("said").scrollHeight;
    return item;
  };
  const note = (item, ...parts) => {
    const text = parts.filter(Boolean).join(" · ");
    if (text === "") return;
    const small = document.createElement("small");
    small.textContent = text;
    item.append(small);
  };
  const complain = (message) => {
    at("chat-problem").textContent = message;
    at("chat-problem").hidden = message === "";
  };

  /** What the model cannot read of a text, each character once. */
  const unknownIn = (text) => {
    const { tokenizer } = current().model;
    const unknown = new Set();
    for (const character of text) tokenizer.encode(character, () => unknown.add(character));
    return [...unknown].join(" ");
  };

  const messagesFrom = (first) => {
    const system = at("system").value.trim();
    return [
      ...(system ? [{ role: "system", content: system }] : []),
      ...turns
        .slice(first)
        .flatMap(({ question, answer }) => [
          { role: "user", content: question },
          ...(answer === undefined ? [] : [{ role: "assistant", content: answer }]),
        ]),
    ];
  };

  /** Answers the last turn, which has no answer yet. */
  async function answer() {
    const own = new AbortController();
    const { signal } = own;
    answering = own;
    complain("");
    shows();
    const turn = turns.at(-1);
    const { model, adapter } = current();
    const adapted = adapter !== null && at("by").value === "adapted";
    const context = model.config.context ?? Infinity;
    const options = {
      maxTokens: Math.max(1, Math.min(MOST, Math.floor(context * SHARE))),
      overflow: "stop",
      unknown: "skip",
      temperature: number("warmth"),
      seed: seed++,
      adapter: adapted ? adapter : null,
      signal,
    };
    const item = bubble("assistant", "");
    const [words] = item.children;
    turn.elements.push(item);
    item.ariaBusy = "true";
    let text = "";
    let finish;
    try {
      for (let first = forgotten; ; first++) {
        try {
          for await (const piece of model.stream({ ...options, messages: messagesFrom(first) })) {
            text += piece.text;
            words.textContent = text;
            at("said").scrollTop = at("said").scrollHeight;
            finish = piece.finish ?? finish;
          }
          forgotten = first;
          break;
        } catch (error) {
          // Too long for the context, if anything is wrong with what was read before.
          const older = error.name === "InvalidInputError" && first < turns.length - 1;
          if (!older || text !== "") throw error;
        }
      }
    } catch (error) {
      finish = "stopped";
      if (!signal.aborted) complain(error.message);
    }
    item.removeAttribute("aria-busy");
    if (answering !== own) return;
    answering = undefined;
    if (finish === "stopped" && text === "") {
      // Nothing was said: the line is there to be sent again.
      turns.pop();
      for (const element of turn.elements) element.remove();
      if (at("line").value === "") at("line").value = turn.question;
    } else {
      turn.answer = text;
      const unknown = unknownIn(turn.question);
      if (text === "") words.textContent = "(It says nothing.)";
      note(
        item,
        adapter !== null && (adapted ? "adapted" : "as it came"),
        finish === "stopped" && "stopped",
        finish === "length" && "cut: as long as an answer may be",
        unknown && `it cannot read ${unknown}`,
      );
      for (const { elements } of turns.slice(0, forgotten)) {
        for (const element of elements) element.classList.add("forgotten");
      }
    }
    at("said").scrollTop = at("said").scrollHeight;
    shows();
  }

  function say(question) {
    if (question.trim() === "" || answering || !free) return;
    at("line").value = "";
    turns.push({ question, answer: undefined, elements: [bubble("user", question)] });
    return answer();
  }

  function start() {
    answering?.abort();
    answering = undefined;
    [turns, forgotten, seed] = [[], 0, 0];
    at("said").replaceChildren();
    complain("");
    shows();
  }

  at("talking").addEventListener("submit", (event) => {
    event.preventDefault();
    say(at("line").value);
  });
  at("hush").addEventListener("click", () => answering?.abort());
  at("fresh").addEventListener("click", () => {
    start();
    at("line").focus();
  });
  at("again").addEventListener("click", () => {
    const turn = turns.at(-1);
    turn.answer = undefined;
    turn.elements.pop().remove();
    answer();
  });
  return {
    start,
    offers(starters) {
      at("starters").replaceChildren(
        ...starters.map((text) => {
          const button = document.createElement("button");
          button.type = "button";
          button.className = "plain";
          button.textContent = text;
          button.addEventListener("click", () => say(text));
          return button;
        }),
      );
      shows();
    },
    ready(now) {
      free = now;
      if (!free) answering?.abort();
      shows();
    },
    adapts() {
      const { adapter } = current();
      // What somebody has chosen stays while the adapter does.
      if (adapter === adaptedBy) return;
      adaptedBy = adapter;
      at("by").value = adapter === null ? "base" : "adapted";
      at("by-whom").hidden = adapter === null;
    },
  };
}
