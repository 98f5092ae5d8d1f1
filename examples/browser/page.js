// What the pages share: their elements, files that are opened, dropped or saved, and a training that can be stopped.

export const at = (id) => document.getElementById(id);
export const number = (id) => at(id).valueAsNumber;

/** Saves bytes as a file. */
export function download(bytes, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes]));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** How long something takes, about. */
export function duration(seconds) {
  if (seconds < 1.5) return "a second";
  return seconds < 90 ? `about ${Math.round(seconds)} s` : `about ${Math.round(seconds / 60)} min`;
}

/** What a select offers: pairs of a value and a text. */
export function options(select, pairs) {
  select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
}

/**
 * `take(file)` gets what is chosen in an input, or dropped on an element.
 * @param all whether it gets the list of all files instead of the first one
 */
export function takesFiles(input, element, take, { all = false } = {}) {
  const taken = (files) => {
    const given = all ? [...files] : files[0];
    if (files.length > 0) return wait(() => take(given));
  };
  input.addEventListener("change", async () => {
    await taken(input.files);
    input.value = "";
  });
  if (!element) return;
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    if (!input.disabled) taken(event.dataTransfer.files);
  });
}

/** Waits for a task, and shows what goes wrong. */
export async function wait(task) {
  try {
    await task();
  } catch (error) {
    problem(error.message);
  }
}

/** A task that is asked for more often than it can be done: while it is done, it is noted once to do it again. */
export function coalesced(task) {
  let running;
  let again = false;
  return async () => {
    again = true;
    running ??= wait(async () => {
      while (again) {
        again = false;
        await task();
      }
    }).finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** Shows what went wrong, or with "" nothing. */
export function problem(message) {
  at("problem").textContent = message;
  at("problem").hidden = message === "";
}

/**
 * A list of what a run warns of, each kind once, as it was said last.
 * @returns `add(report)` and `clear()`
 */
export function warnings(list) {
  let known = new Map();
  return {
    add({ warnings = [] }) {
      for (const { kind, message } of warnings) {
        if (!known.has(kind)) {
          known.set(kind, document.createElement("li"));
          list.append(known.get(kind));
        }
        known.get(kind).textContent = message;
      }
      list.hidden = known.size === 0;
    },
    clear() {
      known = new Map();
      list.replaceChildren();
      list.hidden = true;
    },
  };
}

/**
 * The buttons Train, Stop, Resume and Start over.
 * @param train trains until the signal is aborted; `resumed` says that it was stopped and nothing has changed
 * @param shows is told whether it trains, after each change
 * @returns `changed`, to call where what is to be trained is another one
 */
export function trainingButtons(train, shows) {
  let controller;
  let stopped = false;

  const show = (running) => {
    at("settings").disabled = running;
    at("train").hidden = running;
    at("train").textContent = stopped ? "Resume" : "Train";
    at("stop").hidden = !running;
    at("over").hidden = running || !stopped;
    shows(running);
  };
  const run = async (resumed) => {
    controller = new AbortController();
    const { signal } = controller;
    problem("");
    show(true);
    try {
      await train(signal, resumed);
      stopped = false;
    } catch (error) {
      stopped = signal.aborted;
      if (!stopped) problem(error.message);
    }
    show(false);
  };
  at("training").addEventListener("submit", (event) => {
    event.preventDefault();
    run(stopped);
  });
  at("stop").addEventListener("click", () => controller.abort());
  at("over").addEventListener("click", () => run(false));
  return {
    changed() {
      stopped = false;
      show(false);
    },
  };
}
