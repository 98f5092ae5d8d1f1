// Numbers and text for people.

/** 12345.6 → "12,346" */
export function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function plural(n: number, noun: string): string {
  return `${whole(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** 0.1 → "10 %": two decimals at most. */
export function percent(fraction: number): string {
  return `${Number((100 * fraction).toFixed(2))} %`;
}

/** How many of which a fraction is not said as a number of them. */
const MANY = 1000;

/** A fraction of few is said as what it is: "7 of 20 (35 %)"; one of many or of unknown: "35.0 %". */
export function fraction(value: number, of?: number): string {
  const hundredths = 100 * value;
  if (of === undefined || of > MANY) return `${hundredths.toFixed(1)} %`;
  return `${Math.round(value * of)} of ${of} (${Math.round(hundredths)} %)`;
}

/** Bytes: "2.4 MB" */
export function size(bytes: number): string {
  if (bytes < 1e3) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Seconds as "1:02:03" or "2:03". */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, "0");
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}:${two(s % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

/** One line of at most `width` columns; line breaks and control characters are made visible. */
export function oneLine(text: string, width: number): string {
  let line = "";
  let used = 0;
  // Not by a pattern of spaces around a line break: that takes the square of a long run of spaces.
  const lines = text.split("\n").map((one) => one.trim());
  for (const character of lines.filter((one) => one !== "").join(" ↵ ")) {
    used += columns(character);
    if (used >= width) return `${line}…`;
    line += /\p{C}/u.test(character) ? "·" : character;
  }
  return line;
}

/** Columns of a character in a terminal, near enough: East Asian ones and emoji take two. */
export function columns(character: string): number {
  const code = character.codePointAt(0)!;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    code >= 0x1f300;
  return wide ? 2 : 1;
}

/** Words as a shell takes them. */
export function shellWords(words: readonly string[]): string {
  const quoted = words.map((word) =>
    /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`,
  );
  return quoted.join(" ");
}
