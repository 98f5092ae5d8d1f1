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
