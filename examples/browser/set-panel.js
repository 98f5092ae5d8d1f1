// The section of a page in which the pictures to learn are chosen: a ready set, or one's own, which are opened, dropped or
// drawn.

import { at, options, problem, takesFiles, wait } from "./page.js";
import { ownPictures } from "./picture-set.js";
import { tiles } from "./tiles.js";

/**
 * @param ready the set that is there from the beginning; `choice` has its name as the first value
 * @param look.grid columns and rows of pictures that are shown
 * @param look.learned names of labels of which one is learned where nothing is said
 * @param chosen is told the set and which of its pictures was clicked on
 * @param changed is told the set after each change; undefined where it is empty
 * @returns `set`, `needed()`, `add(image)` for what was drawn, `changed()`, `size`, `labels`, which are to be learned, and
 *   `disabled`
 */
export function setPanel(ready, { grid, learned }, chosen, changed) {
  const own = ownPictures();
  let set = ready;
  const showGallery = tiles(at("gallery"), ...grid, (i) => chosen(set, i));
  const side = () => Number(at("size").value) || undefined;

  const renew = () => {
    const mine = at("choice").value === "own";
    set = mine ? own.set : ready;
    for (const id of ["size-field", "label-field"]) at(id).hidden = !mine;
    at("clear-set").hidden = !mine || !set;
    at("empty").hidden = Boolean(set);
    at("gallery").hidden = !set;
    at("count").textContent = set
      ? `${set.length.toLocaleString("en")} ${set.length === 1 ? "picture" : "pictures"} of ${set.width} × ${set.height} pixels`
      : "no pictures yet";
    if (set) showGallery(set);
    const columns = set ? set.labels.filter(({ classes }) => classes.length > 1) : [];
    options(at("columns"), [
      ["", "none"],
      ...columns.map(({ name }) => [name, name]),
      ...(columns.length > 1 ? [["*", "all of them"]] : []),
    ]);
    at("columns").value = columns.find(({ name }) => learned.includes(name))?.name ?? "";
    at("columns-field").hidden = columns.length === 0;
    changed(set);
  };
  /** Adds files or a drawing to one's own pictures. */
  const add = async (source) => {
    problem("");
    const skipped = await own.add(source, side(), at("label").value.trim());
    at("choice").value = "own";
    renew();
    if (skipped.length > 0) {
      const files = skipped.length === 1 ? "One file was" : `${skipped.length} files were`;
      problem(`${files} left out: ${skipped[0].reason}`);
    }
  };
  takesFiles(at("files"), document.body, add, { all: true });
  at("choice").addEventListener("change", renew);
  at("size").addEventListener("change", () =>
    wait(async () => {
      await own.resize(side());
      renew();
    }),
  );
  at("clear-set").addEventListener("click", () => {
    own.clear();
    renew();
  });
  return {
    add,
    changed: renew,
    get set() {
      return set;
    },
    /** The set. @throws where it is empty */
    needed() {
      if (set) return set;
      throw new Error(
        "There is no picture to learn. Drop some, open or draw some, or take the faces.",
      );
    },
    /** Width and height of what is drawn. */
    get size() {
      return set ? [set.width, set.height] : [side() ?? 32, side() ?? 32];
    },
    /** As `create` takes them. */
    get labels() {
      const { value } = at("columns");
      return value === "*" ? true : value === "" ? false : [value];
    },
    set disabled(is) {
      for (const id of ["choice", "size", "files", "clear-set"]) at(id).disabled = is;
    },
  };
}

/** The labels of one picture. */
export function labelsOf({ labels }, i) {
  return Object.fromEntries(
    labels.map(({ name, classes, indices }) => [name, classes[indices[i]]]),
  );
}
