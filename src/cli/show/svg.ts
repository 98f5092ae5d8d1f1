// What all pictures that are SVG share.

import { columns } from "./format.js";

/** Fonts that have Latin and Chinese on most machines. */
export const FONTS: string =
  "system-ui, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Zen Hei', sans-serif";

/** White space and control characters as something that can be seen. */
export function visible(token: string): string {
  return token
    .replaceAll(" ", "␣")
    .replaceAll("\n", "↵")
    .replace(/[\p{Control}\p{Surrogate}]/gu, "·");
}

/** Pixels that a text takes in this size of font, near enough. */
export function textWidth(text: string, font: number): number {
  return Math.ceil(Array.from(text).reduce((sum, one) => sum + 0.62 * font * columns(one), 0));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** A text as XML has it. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}
