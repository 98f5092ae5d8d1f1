// Whether a text is one of a GBNF grammar, the naive way: every part gives all places where it can end.

/** @param {string} grammar @returns {(text: string) => boolean} */
export function gbnfChecker(grammar) {
  const rules = parse(grammar);
  return (text) => {
    const characters = Array.from(text);
    const known = new Map();
    const ends = (node, at) => {
      switch (node.kind) {
        case "set":
          return at < characters.length && node.has(characters[at].codePointAt(0)) ? [at + 1] : [];
        case "sequence":
          return node.of.reduce((places, one) => unique(places.flatMap((p) => ends(one, p))), [at]);
        case "choice":
          return unique(node.of.flatMap((one) => ends(one, at)));
        case "repeat": {
          const all = node.min === 0 ? [at] : [];
          let places = [at];
          for (let n = 1; n <= node.max && places.length > 0; n++) {
            places = unique(places.flatMap((p) => ends(node.of, p)));
            if (n < node.min) continue;
            const fresh = places.filter((p) => !all.includes(p));
            if (fresh.length === 0) break;
            all.push(...fresh);
          }
          return all;
        }
        default: {
          const key = `${node.name}:${at}`;
          if (!known.has(key)) known.set(key, ends(rules.get(node.name), at));
          return known.get(key);
        }
      }
    };
    return ends({ kind: "rule", name: "root" }, 0).includes(characters.length);
  };
}

const unique = (places) => [...new Set(places)];

function parse(source) {
  const tokens = Array.from(
    source.matchAll(
      /#[^\n]*|\s+|(::=)|("(?:\\.|[^"\\])*")|(\[(?:\\.|[^\]\\])*\])|(\{[^}]*\})|([\w-]+)|(.)/gsu,
    ),
    (found) => found.slice(1).find((one) => one !== undefined),
  ).filter(Boolean);
  const rules = new Map();
  let at = 0;
  const begins = () => tokens[at + 1] === "::=";
  const alternatives = () => {
    const of = [sequence()];
    while (tokens[at] === "|") {
      at++;
      of.push(sequence());
    }
    return { kind: "choice", of };
  };
  const sequence = () => {
    const of = [];
    while (at < tokens.length && !["|", ")"].includes(tokens[at]) && !begins()) of.push(repeated());
    return { kind: "sequence", of };
  };
  const repeated = () => {
    const of = item(tokens[at++]);
    const sign = tokens[at];
    if (sign === undefined || !/^([*+?]|\{.*\})$/.test(sign)) return of;
    at++;
    if (sign === "*") return { kind: "repeat", of, min: 0, max: Infinity };
    if (sign === "+") return { kind: "repeat", of, min: 1, max: Infinity };
    if (sign === "?") return { kind: "repeat", of, min: 0, max: 1 };
    const [min, max = min] = sign.slice(1, -1).split(",");
    return { kind: "repeat", of, min: Number(min), max: max === "" ? Infinity : Number(max) };
  };
  const item = (token) => {
    if (token === "(") {
      const inner = alternatives();
      at++;
      return inner;
    }
    if (token === ".") return { kind: "set", has: () => true };
    if (token[0] === '"') {
      const of = codes(token.slice(1, -1)).map((code) => ({ kind: "set", has: (c) => c === code }));
      return { kind: "sequence", of };
    }
    if (token[0] !== "[") return { kind: "rule", name: token };
    const negated = token[1] === "^";
    const inner = codes(token.slice(negated ? 2 : 1, -1));
    const ranges = [];
    for (let i = 0; i < inner.length; i++) {
      const range = inner[i + 1] === 0x2d && i + 2 < inner.length;
      ranges.push([inner[i], inner[range ? i + 2 : i]]);
      if (range) i += 2;
    }
    const inside = (code) => ranges.some(([low, high]) => low <= code && code <= high);
    return { kind: "set", has: (code) => inside(code) !== negated };
  };
  while (at < tokens.length) {
    const name = tokens[at];
    at += 2;
    rules.set(name, alternatives());
  }
  return rules;
}

function codes(text) {
  const escapes = { t: "\t", r: "\r", n: "\n" };
  return Array.from(
    text.replace(/\\(?:x(..)|u(....)|U(.{8})|(.))/gs, (_, x, u, long, letter) =>
      letter
        ? (escapes[letter] ?? letter)
        : String.fromCodePoint(Number.parseInt(x ?? u ?? long, 16)),
    ),
    (character) => character.codePointAt(0),
  );
}
