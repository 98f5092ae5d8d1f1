// What a line is, for every reader of documents, pairs, prompts and sources: it ends with CRLF, LF or CR,
// as files of Windows, Unix and old spreadsheets have it.

/** The end of a line. */
export const LINE_END: RegExp = /\r\n|\r|\n/;
const FINAL_END = /(?:\r\n|\r|\n)$/;

/** The lines of a text, without their ends. The end of the last line begins no further one. */
export function linesOf(text: string): string[] {
  const lines = text.split(LINE_END);
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

/** A text without the end of its last line. */
export function withoutLineEnd(text: string): string {
  return text.replace(FINAL_END, "");
}

/** Whether a text is at the beginning of a line where it ends. */
export function endsLine(text: string): boolean {
  return FINAL_END.test(text);
}
