// Sheets of invented characters by a seed: a class, looks and figures that go with it, a name of syllables, and a line of
// history that speaks of them. What the models of this folder learn; nothing here is taken from anywhere.

/** What shows in the sprite, and its values. */
export const looks = {
  hair: ["black", "brown", "blond", "red", "blue", "green"],
  length: ["short", "long"],
  glasses: ["none", "clear", "dark"],
  hat: ["none", "purple", "green", "red"],
  skin: ["pale", "tan", "brown"],
  clothes: ["blue", "green", "red", "yellow", "white"],
};

/** How often each value of a look is a class's (in the order of `looks`), its usual figures, names' endings, and deeds. */
const classes = {
  wizard: {
    looks: {
      hair: [3, 2, 1, 1, 4, 1],
      length: [1, 2],
      glasses: [5, 4, 1],
      hat: [2, 7, 1, 0],
      clothes: [5, 1, 1, 1, 2],
    },
    figures: [3, 8, 5],
    endings: ["us", "orin", "eth", "ara", "iel", "zar"],
    deeds: [
      "reads storms before they come",
      "has never lost a riddle",
      "keeps a small moon in a jar",
      "talks to candles at night",
      "once turned a river around",
    ],
  },
  knight: {
    looks: {
      hair: [3, 3, 3, 2, 0, 0],
      length: [3, 1],
      glasses: [9, 1, 0],
      hat: [8, 0, 0, 2],
      clothes: [2, 0, 4, 1, 3],
    },
    figures: [8, 4, 4],
    endings: ["ald", "gar", "win", "hild", "bert", "ric"],
    deeds: [
      "guards a bridge that nobody crosses",
      "swore to find the lost bell",
      "won a duel with a wooden spoon",
      "carries the banner of a fallen house",
      "has slept in armour for a year",
    ],
  },
  ranger: {
    looks: {
      hair: [2, 4, 2, 2, 0, 3],
      length: [2, 2],
      glasses: [8, 0, 2],
      hat: [3, 0, 7, 0],
      clothes: [1, 7, 0, 1, 1],
    },
    figures: [5, 5, 8],
    endings: ["wen", "ash", "ren", "olin", "fern", "is"],
    deeds: [
      "knows every path by its smell",
      "followed one wolf for three winters",
      "maps forests that move",
      "has a hawk that returns each spring",
      "can wait a whole day for one shot",
    ],
  },
  bard: {
    looks: {
      hair: [1, 2, 4, 4, 1, 1],
      length: [1, 4],
      glasses: [7, 1, 3],
      hat: [3, 1, 1, 6],
      clothes: [1, 1, 2, 7, 0],
    },
    figures: [4, 7, 7],
    endings: ["ello", "lia", "ino", "etta", "ando", "isse"],
    deeds: [
      "sings songs that make doors open",
      "owes money in every harbour",
      "plays a lute with two strings",
      "was thrown out of four courts",
      "rhymes in the middle of fights",
    ],
  },
  healer: {
    looks: {
      hair: [2, 2, 3, 2, 2, 0],
      length: [1, 2],
      glasses: [5, 5, 0],
      hat: [9, 1, 1, 0],
      clothes: [2, 1, 0, 0, 8],
    },
    figures: [4, 8, 4],
    endings: ["mira", "osa", "ane", "iam", "ven", "ona"],
    deeds: [
      "mends bones with river clay",
      "brews a tea that ends quarrels",
      "saved a village from the grey fever",
      "grows herbs on a roof",
      "never asks who is to blame",
    ],
  },
  thief: {
    looks: {
      hair: [6, 3, 1, 1, 1, 1],
      length: [3, 1],
      glasses: [4, 0, 6],
      hat: [6, 2, 1, 1],
      clothes: [5, 2, 3, 0, 0],
    },
    figures: [3, 6, 9],
    endings: ["ix", "ak", "esh", "ika", "oz", "yl"],
    deeds: [
      "stole a crown and gave it back",
      "opens locks with a feather",
      "has nine names in nine towns",
      "once hid inside a clock",
      "leaves a coin for all that is taken",
    ],
  },
};

export const classNames = Object.keys(classes);
export const figures = ["strength", "wit", "speed"];

const starts = [
  ...["Al", "Ar", "Ba", "Be", "Bra", "Ca", "Cor", "Da", "Del", "Dra", "El", "Er", "Fa", "Fi", "Ga"],
  ...["Gre", "Ha", "Hol", "Il", "Ja", "Jo", "Ka", "Kel", "La", "Lo", "Ma", "Mel", "Na", "No", "Or"],
  ...[
    "Pa",
    "Per",
    "Qui",
    "Ra",
    "Ro",
    "Sa",
    "Sel",
    "Ta",
    "Tor",
    "Ul",
    "Va",
    "Vel",
    "Wa",
    "Yo",
    "Za",
  ],
];
/** Before endings that begin with a vowel, and before others. */
const consonants = ["b", "d", "f", "g", "l", "m", "n", "r", "s", "t", "v", "z"];
const doubled = ["nd", "rr", "st", "th", "ll", "mb"];
const open = [
  "la",
  "le",
  "lo",
  "ma",
  "mo",
  "na",
  "ne",
  "ra",
  "ri",
  "ro",
  "sa",
  "ta",
  "ti",
  "va",
  "vi",
];

const places = [
  ...["the marsh", "the salt coast", "a city of bells", "the high pass", "an island without trees"],
  ...["the old quarry", "the northern woods", "a desert inn", "the river docks", "a ruined tower"],
];

const traits = {
  strength: ["strong as an ox", "sturdy as an oak"],
  wit: ["quick of mind", "wiser than owls"],
  speed: ["light of foot", "faster than a hare"],
};

/** JSON Schema of a sheet. */
export const schema = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[A-Z][a-z]{2,11}$" },
    class: { enum: classNames },
    ...Object.fromEntries(Object.entries(looks).map(([name, values]) => [name, { enum: values }])),
    ...Object.fromEntries(
      figures.map((name) => [name, { type: "integer", minimum: 1, maximum: 10 }]),
    ),
    history: { type: "string", pattern: "^An? [a-z ,]+\\.$", minLength: 40, maxLength: 160 },
  },
  required: ["name", "class", ...Object.keys(looks), ...figures, "history"],
  additionalProperties: false,
};

/** What the text model is told of a sheet, as far as it is asked for: class and looks. */
export const labelled = ["class", ...Object.keys(looks)];

/** Sheets by a seed. */
export function sheets(count, seed) {
  const next = uniform(seed);
  return Array.from({ length: count }, () => sheet(next));
}

function sheet(next) {
  const of = (list) => list[Math.floor(next() * list.length)];
  const kind = of(classNames);
  const own = classes[kind];
  const seen = {};
  for (const [name, values] of Object.entries(looks)) {
    seen[name] = values[weighted(own.looks[name] ?? values.map(() => 1), next)];
  }
  const numbers = {};
  for (const [i, name] of figures.entries()) {
    const moved = own.figures[i] + Math.floor(next() * 5) - 2;
    numbers[name] = Math.min(10, Math.max(1, moved));
  }
  return {
    name: name(own.endings, of),
    class: kind,
    ...seen,
    ...numbers,
    history: history(kind, seen, numbers, of),
  };
}

function name(endings, of) {
  const [start, ending] = [of(starts), of(endings)];
  if (!/^[aeiou]/.test(ending)) return `${start}${of(open)}${ending}`;
  return `${start}${of(/[aeiou]$/.test(start) ? [...consonants, ...doubled] : consonants)}${ending}`;
}

function history(kind, seen, numbers, of) {
  const highest = Math.max(...Object.values(numbers));
  const best = figures.filter((name) => numbers[name] === highest);
  return `A ${kind} from ${of(places)}, ${of(mentions(seen))}, ${of(traits[of(best)])}, who ${of(classes[kind].deeds)}.`;
}

/** What a history may say of how someone looks. */
function mentions({ hair, length, glasses, hat, clothes }) {
  const all = [`with ${length} ${hair} hair`, `dressed in ${clothes}`];
  if (glasses === "clear") all.push("peering through glasses");
  if (glasses === "dark") all.push("hidden behind dark glasses");
  if (hat !== "none") all.push(`never without a ${hat} hat`);
  return all;
}

/** What a sheet's history says that the sheet does not: nothing, if they agree. */
export function contradictions(sheet) {
  const found = [];
  const parts = /^A (\w+) from (.+?), (.+), (.+?), who (.+)\.$/.exec(sheet.history);
  if (!parts) return ["it is no line of history"];
  const [, kind, , mention, trait, deed] = parts;
  if (kind !== sheet.class) found.push(`a ${kind}`);
  if (!mentions(sheet).includes(mention)) found.push(mention);
  const highest = Math.max(...figures.map((name) => sheet[name]));
  if (!figures.some((name) => sheet[name] === highest && traits[name].includes(trait))) {
    found.push(trait);
  }
  if (!classes[sheet.class].deeds.includes(deed)) found.push(deed);
  return found;
}

function weighted(weights, next) {
  let left = next() * weights.reduce((sum, one) => sum + one, 0);
  return weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
}

/** Numbers from 0 to 1 that look random (Numerical Recipes), the same everywhere. */
export function uniform(seed) {
  let state = Math.imul(seed + 1, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
