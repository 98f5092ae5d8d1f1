// What comes from a file, a model or a file's name does not command the terminal: control characters
// could move the cursor, change the title or fill the keyboard's buffer, and characters that turn the
// direction of writing show another text than there is.

/** C0, DEL, C1, marks and overrides of direction, separators of lines and paragraphs. */
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** One line of text with whatever a terminal would obey made visible: ESC is \x1b. */
export function visible(text: string): string {
  return text.replace(HIDDEN, escaped);
}

/** The same, of a text that may have several lines and tabs. */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** JSON in which only characters that can be seen stand for themselves: the same value. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(HIDDEN, (character) => `\\u${hex(character, 4)}`);
}

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\t") return "\\t";
  if (character === "\r") return "\\r";
  return character < "\u0100" ? `\\x${hex(character, 2)}` : `\\u${hex(character, 4)}`;
}

function hex(character: string, digits: number): string {
  return character.charCodeAt(0).toString(16).padStart(digits, "0");
}
