// The body of POST /v1/images/generations: which pictures are asked for, and how they are sent.

import type { PictureLabels } from "../api.js";
import { type ApiError, invalid } from "./errors.js";
import {
  anything,
  each,
  type Field,
  flag,
  number,
  object,
  optional,
  read,
  text,
} from "./fields.js";
import type { ResolvedOptions } from "./options.js";
import type { PictureMaking, ServedPictures } from "./picture-model.js";
import { bodyOf, checkLength, randomSeed, unknownModel, upTo } from "./request.js";

/** A request for pictures, complete and checked. */
export interface PictureRequest {
  readonly making: PictureMaking;
  /** How many times as large each pixel is. */
  readonly scale: number;
  /** As JSON with base64, or the bytes of a PNG file. */
  readonly format: "b64_json" | "png";
  readonly stream: boolean;
  /** Events before the last, while pictures emerge. */
  readonly partialImages: number;
}

/** Events of a stream before its last where nothing is said of them. */
const PARTIAL_IMAGES = 3;

/** Taken for the sake of clients that send them: they change nothing here. */
const ignored = ["user", "quality", "style", "moderation"];

const unsupported = ["background", "output_compression"];

/** Fields that say how a picture emerges. */
const ofSteps = ["steps", "guidance", "sampler", "tile", "partial_images"] as const;

/** @throws ApiError naming the first field that cannot be used */
export function readPictures(
  body: unknown,
  served: ServedPictures,
  options: ResolvedOptions,
): PictureRequest {
  const fields = read(bodyOf(body), {
    ...each(ignored, anything),
    ...each(unsupported, refused),
    model: optional(text, options.name),
    prompt: optional(served.words ? wordsFor(options) : promptFor(served), NOTHING),
    negative_prompt: optional(served.words ? wordsFor(options) : noWords, NOTHING),
    labels: optional(labelsFor(served), {}),
    n: optional(upTo(options.maxChoices), 1),
    size: optional(scaleFor(served), 1),
    response_format: optional(oneOf("b64_json", "png"), "b64_json" as const),
    output_format: optional(oneOf("png"), "png"),
    seed: optional(number(0, Number.MAX_SAFE_INTEGER, "an integer"), undefined),
    temperature: optional(number(0, 2), undefined),
    steps: optional(upTo(options.maxSteps), undefined),
    guidance: optional(number(0, 100), undefined),
    sampler: optional(oneOf("euler", "heun", "ddim", "ancestral"), undefined),
    tile: optional(flag, undefined),
    stream: optional(flag, false),
    partial_images: optional(number(0, options.maxSteps, "an integer"), undefined),
  });
  const asked = { labels: {}, ...fields.prompt };
  for (const [key, value] of Object.entries(fields.labels)) {
    if (asked.labels[key] !== value) setOnce({ ...asked.labels }, [key, value], "prompt");
  }
  const { model, n, size: scale, response_format: format, stream, partial_images } = fields;
  if (model !== options.name) throw unknownModel(model, options);
  const foreign = ofSteps.find((name) => fields[name] !== undefined);
  if (foreign && served.steps === undefined) {
    throw invalid(foreign, `${foreign} is for models that work step by step, this one does not`);
  }
  if (partial_images !== undefined && !stream) {
    throw invalid("partial_images", "partial_images is for requests with stream: true");
  }
  if (stream && format === "png") {
    throw invalid("response_format", "response_format must be b64_json where stream is true");
  }
  checkPixels(n * scale ** 2 * served.width * served.height, fields, options);
  const { labels, seed = randomSeed(), temperature, guidance, sampler, tile } = fields;
  const { prompt } = asked;
  const negative = fields.negative_prompt.prompt;
  const steps = served.steps && Math.min(served.steps, options.maxSteps);
  return {
    ...{ scale, format, stream },
    partialImages: partial_images ?? PARTIAL_IMAGES,
    making: {
      ...{ samples: n, seed, labels: { ...asked.labels, ...labels } },
      ...given({ temperature, steps: fields.steps ?? steps, guidance, sampler, tile }),
      ...given({ prompt, negative }),
    },
  };
}

const refused: Field<never> = (_, name) => {
  const message = `${name} is not supported: pictures are as the model makes them, in PNG`;
  throw invalid(name, message, "unsupported_parameter");
};

/** The largest answer that memory and time have to be found for. */
function checkPixels(
  pixels: number,
  { n, size }: { readonly n: number; readonly size: number },
  { maxPixels }: ResolvedOptions,
): void {
  if (pixels <= maxPixels) return;
  const param = size > 1 ? "size" : "n";
  const less = size > 1 ? "a smaller size" : "fewer";
  throw invalid(
    param,
    `all pictures of an answer must have at most ${maxPixels} pixels, ${n} of them have ${pixels}: ask for ${less}`,
  );
}

/** Without what is not said. */
function given<T extends object>(fields: T): Partial<T> {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said) as Partial<T>;
}

function oneOf<const T extends string>(...values: readonly T[]): Field<T> {
  return (value, name) => {
    const asked = text(value, name);
    const found = values.find((one) => one === asked);
    if (found !== undefined) return found;
    throw invalid(name, `${name} must be ${values.join(" or ")}, got ${shown(asked)}`);
  };
}

/** "28x28": width and height, those of the model or as many times as large. */
function scaleFor({ width, height }: ServedPictures): Field<number> {
  return (value, name) => {
    const size = text(value, name);
    if (size === "auto") return 1;
    const [, across, down] = /^(\d{1,6})x(\d{1,6})$/.exec(size) ?? [];
    const scale = Number(across) / width;
    if (scale >= 1 && Number.isInteger(scale) && Number(down) === scale * height) return scale;
    throw invalid(
      name,
      `${name} must be ${width}x${height}, as large as the model's pictures, or a multiple of it such as ` +
        `${4 * width}x${4 * height}, got ${shown(size)}`,
    );
  };
}

/** Classes by the names of their labels: an extension of the format. */
function labelsFor(served: ServedPictures): Field<PictureLabels> {
  return (value, name) => {
    const labels = Object.entries(object(value, name)).map(([key, one]) => {
      const param = `${name}.${key.slice(0, 40)}`;
      const column = served.labels.find((label) => label.name === key);
      if (!column) throw unknownLabel(name, key, served);
      const asked = text(one, param);
      if (column.classes.includes(asked)) return [key, asked] as const;
      throw invalid(param, `${param} must be ${anyOf(column.classes)}, got ${shown(asked)}`);
    });
    return Object.fromEntries(labels);
  };
}

/** What a prompt asks for: words, or the labels that it names. */
interface Asked {
  readonly prompt?: string;
  readonly labels?: Record<string, string>;
}

const NOTHING: Asked = {};

/** Words, which the model reads itself. */
function wordsFor(options: ResolvedOptions): Field<Asked> {
  return (value, name) => {
    const prompt = checkLength(text(value, name), name, options);
    return prompt === "" ? {} : { prompt };
  };
}

const noWords: Field<Asked> = (value, name) => {
  if (text(value, name) === "") return {};
  throw invalid(name, `${name} is for models that learned captions, this one knows no words`);
};

/** The names of classes, one or several with commas between: the whole language of a model that learned no captions. */
function promptFor(served: ServedPictures): Field<Asked> {
  const find = (word: string) =>
    served.labels.flatMap(({ name, classes }) => {
      const found = classes.find((one) => one.toLowerCase() === word.toLowerCase());
      return found === undefined ? [] : [[name, found] as const];
    });
  return (value, name) => {
    const prompt = text(value, name).trim();
    if (prompt === "") return {};
    if (served.labels.length === 0) {
      throw invalid(name, "this model knows no labels, so that prompt must be empty");
    }
    const words = find(prompt).length > 0 ? [prompt] : prompt.split(",").map((one) => one.trim());
    const labels: Record<string, string> = {};
    for (const word of words) {
      const [label, second] = find(word);
      if (!label) {
        const known = served.labels.flatMap(({ classes }) => classes);
        throw invalid(
          name,
          `${name} must name classes of pictures: ${anyOf(known)}; got ${shown(word)}`,
        );
      }
      if (second) {
        throw invalid(
          name,
          `${name}: ${shown(word)} can be meant in two ways; give labels instead`,
        );
      }
      setOnce(labels, label, name);
    }
    return { labels };
  };
}

/** Refuses a label of which two things are said. */
function setOnce(
  labels: Record<string, string>,
  [key, value]: readonly [string, string],
  name: string,
): void {
  // A label may be called as what every object has.
  if (!Object.hasOwn(labels, key)) labels[key] = value;
  else {
    const other = labels[key];
    const both = other === value ? `${shown(value)} twice` : `${shown(other)} and ${shown(value)}`;
    throw invalid(name, `${name} must name one class of ${shown(key)}, got ${both}`);
  }
}

function unknownLabel(name: string, key: string, { labels }: ServedPictures): ApiError {
  const known = labels.map((label) => label.name).join(", ");
  return invalid(
    name,
    known === ""
      ? "this model knows no labels"
      : `this model does not know the label ${shown(key)}; it knows ${known}`,
  );
}

/** Names that an error has room for. */
const NAMES = 20;

function anyOf(names: readonly string[]): string {
  const some = names.slice(0, NAMES).join(", ");
  return names.length > NAMES ? `one of ${some}, … (${names.length})` : `one of ${some}`;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
