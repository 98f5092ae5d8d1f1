// Characters as one picture, an SVG: sprites, and below each its name and class.

import { Buffer } from "node:buffer";

/** @param characters as a maker gives them */
export async function gallery(characters, columns = 8) {
  const [width, height, scale] = [96, 104, 4];
  const cells = [];
  for (const [i, { sheet, sprite }] of characters.entries()) {
    const [x, y] = [(i % columns) * width, Math.floor(i / columns) * height];
    const side = 16 * scale;
    const png = Buffer.from(await sprite.toPNG(0)).toString("base64");
    const middle = x + width / 2;
    cells.push(
      `<image x="${middle - side / 2}" y="${y + 8}" width="${side}" height="${side}" ` +
        `style="image-rendering: pixelated" href="data:image/png;base64,${png}"/>`,
      `<text x="${middle}" y="${y + 84}">${sheet.name}</text>`,
      `<text x="${middle}" y="${y + 97}" class="kind">${sheet.class}</text>`,
    );
  }
  const rows = Math.ceil(characters.length / columns);
  const [whole, tall] = [columns * width, rows * height];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole} ${tall}" width="${whole}" height="${tall}">`,
    "<title>Characters with their names and classes</title>",
    "<style>text { font: 12px sans-serif; text-anchor: middle } .kind { fill: #777; font-size: 10px }</style>",
    `<rect width="${whole}" height="${tall}" fill="#fff"/>`,
    ...cells,
    "</svg>\n",
  ].join("\n");
}
