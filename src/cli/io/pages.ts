// Reports out: a page, the same as text, or as JSON, by the name of the file.

import { UsageError } from "../errors.js";
import type { OptionRow } from "../options/options.js";
import { languages, type Page } from "../show/page.js";
import { pageHtml } from "../show/page-html.js";
import { pageText } from "../show/page-text.js";
import { printJson, printText } from "../show/terminal.js";
import { checkWritable, writeWhole } from "./atomic.js";

/** Options of all commands that give a report. */
export const pageRows: readonly OptionRow[] = [
  [
    "--out <file>",
    "where the report goes: .html (one page that needs nothing else), .txt or .json",
  ],
  ["--language <language>", "language of the report", "en", languages],
  ["--json", "print one JSON object"],
];

const endings = [".html", ".txt", ".json"];

/** @throws UsageError for another ending; Failure where it cannot be written */
export function checkPageOut(out: string | undefined): void {
  if (out === undefined) return;
  if (!endings.some((ending) => out.toLowerCase().endsWith(ending))) {
    throw new UsageError(
      `--out must end in ${endings.slice(0, -1).join(", ")} or .json, got ${out}`,
    );
  }
  checkWritable(out);
}

/** Writes the report where it is asked for; to a terminal where nothing else is. */
export function givePage(
  page: Page,
  found: object,
  { out, json }: { readonly out?: string; readonly json?: boolean },
): void {
  if (out !== undefined) {
    const name = out.toLowerCase();
    const text = name.endsWith(".json")
      ? `${JSON.stringify(found, undefined, 2)}\n`
      : name.endsWith(".txt")
        ? pageText(page)
        : pageHtml(page);
    writeWhole(out, new TextEncoder().encode(text));
  }
  if (json) printJson(found);
  else printText(out === undefined ? pageText(page) : `${out}\n`);
}
