// The pictures to learn: a set that is ready, or one's own, which were dropped, opened or drawn.

import { ImageSet } from "simdream";

/** What pictures without a label are called where others have one. */
const OTHER = "other";

/** @returns `add`, `resize`, `clear`, and the set as it is now */
export function ownPictures() {
  // Each has been read at the size that is asked for; where another one is asked for, all are read again.
  let groups = [];

  const read = async (source, size) => {
    const options = { mode: "rgb", ...(size ? { size } : {}) };
    if (source instanceof ImageData) return ImageSet.fromImageData([source], options);
    return ImageSet.fromFiles(source, { ...options, damaged: "skip", animated: "first" });
  };
  return {
    /**
     * @param source files, or what was drawn
     * @param size in pixels; undefined: as they are
     * @returns how many files could not be read, and why not the first of them
     * @throws InvalidInputError where none can, or sizes differ; then nothing is added
     */
    async add(source, size, label) {
      const set = await read(source, size);
      const added = [...groups, { source, label, set }];
      joined(added);
      groups = added;
      return set.skipped;
    },
    async resize(size) {
      const again = [];
      for (const group of groups) again.push({ ...group, set: await read(group.source, size) });
      if (again.length > 0) joined(again);
      groups = again;
    },
    clear() {
      groups = [];
    },
    /** The set; undefined where there is none. */
    get set() {
      return groups.length > 0 ? joined(groups) : undefined;
    },
  };
}

/** All of them in one set; with labels where there are two or more. @throws InvalidInputError where sizes differ */
function joined(groups) {
  const [first, ...others] = groups.map(({ set }) => set);
  const set = others.reduce((all, one) => all.concat(one), first);
  const labels = groups.flatMap(({ set: { length }, label }) =>
    Array.from({ length }, () => ({ label: label || OTHER })),
  );
  return new Set(labels.map(({ label }) => label)).size > 1 ? set.withLabels(labels) : set;
}

/** Whether a model can read a set. */
export function suits(model, set) {
  if (!set) return false;
  const shape = [set.height, set.width, set.channels].join();
  const known = (name) => set.labels.some((label) => label.name === name);
  return shape === model.config.shape.join() && model.labels.every(({ name }) => known(name));
}
