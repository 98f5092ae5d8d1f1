// JSON as Python writes and reads it: templates of chats were written for Python's, where 19.0 is not 19.

/** A number that was written with a point or an exponent. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** How `json.dumps` writes; what it is given is walked by `parts`. */
export interface JSONLayout {
  /** Spaces a level; undefined: everything in one line. */
  readonly indent?: number;
  readonly separators: readonly [string, string];
  readonly sortKeys: boolean;
  readonly ascii: boolean;
}

/** What a value is to JSON: a text that stands for it, a list, or members. */
export type JSONParts<T> = string | readonly T[] | ReadonlyMap<string, T>;

/** Python's `json.dumps`. */
export function dumps<T>(value: T, parts: (value: T) => JSONParts<T>, layout: JSONLayout): string {
  const { indent, separators, sortKeys, ascii } = layout;
  const [between, colon] = separators;
  const write = (one: T, depth: number): string => {
    const own = parts(one);
    if (typeof own === "string") return ascii ? escaped(own) : own;
    const isList = Array.isArray(own);
    const members = isList ? [] : [...(own as ReadonlyMap<string, T>)];
    // By code points, whatever the engine's language is.
    if (sortKeys) members.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const key = (name: string) => (ascii ? escaped(JSON.stringify(name)) : JSON.stringify(name));
    const items = isList
      ? (own as readonly T[]).map((inner) => write(inner, depth + 1))
      : members.map(([name, inner]) => key(name) + colon + write(inner, depth + 1));
    const [open, close] = isList ? "[]" : "{}";
    if (items.length === 0) return open + close;
    if (indent === undefined) return open + items.join(between) + close;
    const line = (level: number) => `\n${" ".repeat(indent * level)}`;
    return open + line(depth + 1) + items.join(between + line(depth + 1)) + line(depth) + close;
  };
  return write(value, 0);
}

function escaped(json: string): string {
  return json.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Python's `repr` of a float: 19.0, 1e-07, 1.5e+16. */
export function floatText(value: number): string {
  if (!Number.isFinite(value))
    return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  const [, sign, first, rest = "", exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(
    value.toExponential(),
  )!;
  const power = Number(exponent);
  const minus = sign || (Object.is(value, -0) ? "-" : "");
  if (power < -4 || power >= 16) {
    const digits = String(Math.abs(power)).padStart(2, "0");
    return `${minus}${first}${rest && `.${rest}`}e${power < 0 ? "-" : "+"}${digits}`;
  }
  const digits = first + rest;
  if (power < 0) return `${minus}0.${"0".repeat(-power - 1)}${digits}`;
  const whole = digits.slice(0, power + 1).padEnd(power + 1, "0");
  return `${minus}${whole}.${digits.slice(power + 1) || "0"}`;
}

const NAME = "a number with a point";

/** As JSON.parse, with numbers that have a point or an exponent as `Float`. @throws SyntaxError */
export function parseWithFloats(text: string): unknown {
  const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') || /^-?\d+$/.test(token) ? token : `{${JSON.stringify(NAME)}:${token}}`,
  );
  return JSON.parse(marked, (_, value) => {
    const float = value !== null && typeof value === "object" ? value[NAME] : undefined;
    return typeof float === "number" ? new Float(float) : value;
  });
}
