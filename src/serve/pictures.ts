// Pictures as OpenAI's image format has them: a list at the end, or one after the other while they emerge.

import { type AnswerWriter, type Format, now } from "./answer.js";
import { base64 } from "./base64.js";
import type { Emerged, ServedPictures } from "./picture-model.js";
import { type PictureRequest, readPictures } from "./picture-request.js";
import { promptly } from "./promptly.js";

interface WirePicture {
  readonly b64_json: string;
  /** What it was made for: an extension of the format, as the seed is. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What all objects of one answer share. */
interface WireHead {
  readonly output_format: "png";
  readonly size: string;
  readonly seed: number;
  readonly system_fingerprint: string;
}

interface WirePictures extends WireHead {
  readonly created: number;
  readonly data: readonly WirePicture[];
}

interface WireEvent extends WireHead, WirePicture {
  readonly type: "image_generation.partial_image" | "image_generation.completed";
  readonly created_at: number;
  readonly partial_image_index?: number;
  /** Which of the pictures it is. */
  readonly index: number;
}

/** POST /v1/images/generations */
export const pictures: Format<ServedPictures, PictureRequest, Emerged> = {
  read: readPictures,
  pieces: (served, { making }, _, signal) => promptly(served.make(making, signal), signal),
  writer: (request, served) => new PicturesWriter(request, served),
};

class PicturesWriter implements AnswerWriter<Emerged> {
  readonly last = undefined;
  readonly #request: PictureRequest;
  readonly #head: WireHead;
  /** Events of emerging pictures so far. */
  #partial = 0;

  constructor(request: PictureRequest, { width, height, fingerprint }: ServedPictures) {
    const { scale, making } = request;
    this.#request = request;
    this.#head = {
      output_format: "png",
      size: `${width * scale}x${height * scale}`,
      seed: making.seed,
      system_fingerprint: fingerprint,
    };
  }

  async events({ step, steps, made }: Emerged): Promise<readonly WireEvent[]> {
    const done = step === steps;
    if (!done && !isShown(step, steps, this.#request.partialImages)) return [];
    const own = done
      ? ({ type: "image_generation.completed" } as const)
      : ({
          type: "image_generation.partial_image",
          partial_image_index: this.#partial++,
        } as const);
    const all = await this.#written(made);
    const created_at = now();
    return all.map((one, index) => ({ ...own, ...one, ...this.#head, created_at, index }));
  }

  async whole(pieces: AsyncIterable<Emerged>): Promise<WirePictures | Response> {
    let last: Emerged | undefined;
    for await (const piece of pieces) last = piece;
    // There is one: the last step ends the pieces.
    const { made } = last as Emerged;
    const { format, scale } = this.#request;
    if (format === "b64_json") {
      return { created: now(), data: await this.#written(made), ...this.#head };
    }
    const bytes = await made.images.grid({ scale });
    return new Response(bytes as BufferSource, { headers: { "content-type": "image/png" } });
  }

  async #written({ images }: Emerged["made"]): Promise<WirePicture[]> {
    const { scale } = this.#request;
    return Promise.all(
      Array.from({ length: images.length }, async (_, i) => {
        const labels = images.labels.map(({ name, classes, indices }) => [
          name,
          classes[indices[i]],
        ]);
        const b64_json = base64(await images.subset([i]).grid({ scale }));
        return { b64_json, ...(labels.length > 0 ? { labels: Object.fromEntries(labels) } : {}) };
      }),
    );
  }
}

/** Whether a step before the last is among those, evenly spread, that are shown. */
function isShown(step: number, steps: number, shown: number): boolean {
  const place = (at: number) => Math.floor((at * (shown + 1)) / steps);
  return shown > 0 && place(step) > place(step - 1);
}
