// What is kept from visit to visit: the best that was reached, and whether there is sound. A browser may not allow it.

const KEY = "simdream-platformer";

export function kept() {
  try {
    const {
      score = 0,
      distance = 0,
      muted = false,
    } = JSON.parse(localStorage.getItem(KEY) ?? "{}") ?? {};
    return { score: Number(score) || 0, distance: Number(distance) || 0, muted: muted === true };
  } catch {
    return { score: 0, distance: 0, muted: false };
  }
}

export function keep(values) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...values }));
  } catch {
    // It is forgotten, then.
  }
}
