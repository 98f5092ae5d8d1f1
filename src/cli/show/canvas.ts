// A picture that is drawn: rectangles, words and small pictures on white.

import { encodePNG, type ImageSet } from "../../entries/node.js";
import { ADVANCE, draw } from "./font.js";

/** Red, green, blue: 0 to 255. */
export type Colour = readonly [number, number, number];

export const INK: Colour = [38, 38, 38];
export const PALE: Colour = [150, 150, 150];

export class Canvas {
  readonly width: number;
  readonly height: number;
  /** (height, width, 3) */
  readonly #data: Uint8Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#data = new Uint8Array(width * height * 3).fill(255);
  }

  /** A rectangle; what is outside is not drawn. @param strength 1 covers what is below */
  fill(x: number, y: number, width: number, height: number, colour: Colour, strength = 1): void {
    for (let row = Math.max(0, y); row < Math.min(this.height, y + height); row++) {
      for (let column = Math.max(0, x); column < Math.min(this.width, x + width); column++) {
        const at = (row * this.width + column) * 3;
        for (let c = 0; c < 3; c++) {
          const below = this.#data[at + c];
          this.#data[at + c] = Math.round(below + (colour[c] - below) * strength);
        }
      }
    }
  }

  /** Words whose left upper corner is here. */
  text(x: number, y: number, text: string, scale: number, colour: Colour = INK): void {
    draw(text, (i, j) => this.fill(x + i * scale, y + j * scale, scale, scale, colour));
  }

  /** Picture `n` of a set, transparent pixels on white. */
  picture(
    x: number,
    y: number,
    { pixels, width, height, channels }: ImageSet,
    n: number,
    scale: number,
  ): void {
    for (let j = 0; j < height; j++) {
      for (let i = 0; i < width; i++) {
        const at = ((n * height + j) * width + i) * channels;
        const [r, g = r, b = r, alpha = 255] = pixels.subarray(at, at + channels);
        this.fill(x + i * scale, y + j * scale, scale, scale, [r, g, b], alpha / 255);
      }
    }
  }

  png(): Promise<Uint8Array> {
    return encodePNG({ width: this.width, height: this.height, channels: 3, data: this.#data });
  }
}

/** Pixels that a text is wide. */
export function widthOf(text: string, scale: number): number {
  return (Array.from(text).length * ADVANCE - 1) * scale;
}
