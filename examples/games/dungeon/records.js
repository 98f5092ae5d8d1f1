// What is kept from one visit to the next: days and their rooms, and whether it is muted. Where nothing may be kept, it is
// forgotten when the page is closed.

const KEY = "simdream-dungeon";

export class Records {
  #all = { muted: false, learned: false, days: {} };

  constructor() {
    try {
      const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
      if (typeof kept.days === "object" && kept.days !== null) Object.assign(this.#all, kept);
    } catch {
      // Not allowed, or not ours.
    }
  }

  get muted() {
    return this.#all.muted === true;
  }
  set muted(muted) {
    this.#all.muted = muted;
    this.#keep();
  }
  /** Whether the room that shows how it is played has been solved. */
  get learned() {
    return this.#all.learned === true;
  }
  set learned(learned) {
    this.#all.learned = learned;
    this.#keep();
  }

  /** The rooms of a day that are solved, in order: `{ steps, par, hints }`. */
  day(date) {
    const rooms = this.#all.days[date];
    return Array.isArray(rooms) ? rooms : [];
  }

  /** A room of a day is solved: the best try counts. */
  solved(date, number, result) {
    const rooms = [...this.day(date)];
    const before = rooms[number];
    if (before && before.steps <= result.steps && before.hints <= result.hints) return;
    rooms[number] = result;
    this.#all.days[date] = rooms;
    this.#keep();
  }

  #keep() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#all));
    } catch {
      // Not allowed, or full.
    }
  }
}
