// Models that make pictures: the official client, the library's bits, and what is refused.

import OpenAI from "openai";
import { afterAll, describe, expect, it } from "vitest";
import { Diffusion, decodePNG, GAN, InvalidInputError, VAE } from "../../src/entries/index.js";
import { load as loadNode } from "../../src/entries/node.js";
import { createHandler, type ServedPictureModel } from "../../src/entries/serve.js";
import { startWorker } from "../../src/entries/worker.js";
import { refused, runtime } from "../models/help.js";
import { drawings, spoken } from "../models/images/help.js";
import {
  completion,
  errorOf,
  eventsOf,
  handlerOf,
  listening,
  load,
  model,
  unexpected,
  until,
} from "./help.js";

const drawn = drawings(24);
const small = { images: drawn, channels: 4, seed: 1, runtime };
const fit = { steps: 2, batch: 8 };
const diffusion = await Diffusion.create({ ...small, levels: 2 });
await diffusion.fit(drawn, fit);
const said = spoken(drawn);
const worded = await Diffusion.create({
  ...{ ...small, levels: 2, images: said, labels: ["side"], textWidth: 8, textLayers: 1 },
  tokenizer: "char",
});
await worded.fit(said, fit);
const gan = await GAN.create({ ...small, latent: 3 });
await gan.fit(drawn, fit);
const vae = await VAE.create({ runtime, images: drawn, labels: false, latent: 3, channels: 4 });
await vae.fit(drawn, fit);
const worker = await startWorker(await loadNode());
afterAll(() => worker.close());

const handler = handlerOf({}, diffusion);

/** A request for pictures, not yet sent. */
function pictures(body: object, init: RequestInit = {}): Request {
  return new Request("http://test/v1/images/generations", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    ...init,
  });
}

interface WirePictures {
  readonly data: { readonly b64_json: string; readonly labels?: object }[];
  readonly seed: number;
}

async function answered(of: ServedPictureModel, body: object): Promise<WirePictures> {
  const response = await handlerOf({}, of)(pictures(body));
  const text = await response.text();
  if (response.status !== 200) expect.fail(`status ${response.status}: ${text}`);
  return JSON.parse(text) as WirePictures;
}

/** The pixels of a picture as it came. */
async function pixelsOf(base64: string): Promise<number[]> {
  const { data } = await decodePNG(new Uint8Array(Buffer.from(base64, "base64")));
  return Array.from(data);
}

const own = (of: { readonly images: { readonly pixels: Uint8Array } }) =>
  Array.from(of.images.pixels);

describe("pictures", () => {
  it("come to OpenAI's client, with the library's bits", async () => {
    const url = await listening(handler);
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
    const more = { seed: 5, steps: 3, guidance: 2, sampler: "heun" };
    const body = { model: "tiny", prompt: "cross", n: 2, ...more };
    const { data, created } = await client.images.generate(body);
    const labels = { shape: "cross" };
    const expected = diffusion.generate({ samples: 2, labels, ...more, sampler: "heun" });
    const pixels = await Promise.all(data!.map(({ b64_json }) => pixelsOf(b64_json!)));
    expect(pixels.flat()).toEqual(own(expected));
    expect(data).toMatchObject([{ labels }, { labels }]);
    expect(Math.abs(created - Date.now() / 1000)).toBeLessThan(600);
    const models = await client.models.list();
    expect(models.data).toMatchObject([{ id: "tiny", object: "model" }]);
    await expect(client.images.generate({ ...body, prompt: "moon" })).rejects.toMatchObject({
      ...{ status: 400, param: "prompt" },
      message: expect.stringContaining("must name classes of pictures: one of "),
    });
    const events = await client.images.generate({ ...body, stream: true, partial_images: 1 });
    const types: string[] = [];
    const last: string[] = [];
    for await (const event of events) {
      types.push(event.type);
      if (event.type === "image_generation.completed") last.push(event.b64_json);
    }
    const [partial, completed] = ["image_generation.partial_image", "image_generation.completed"];
    expect(types).toEqual([partial, partial, completed, completed]);
    expect(last).toEqual(data!.map(({ b64_json }) => b64_json));
  });

  it("are made by a GAN and a VAE as well, and in a worker", async () => {
    const far = await worker.Diffusion.load(diffusion.save());
    const farther = await worker.GAN.load(gan.save());
    const body = { n: 3, seed: 4 };
    const how = { samples: 3, seed: 4 };
    const cases: [ServedPictureModel, number[]][] = [
      [gan, own(gan.generate(how))],
      [vae, own(vae.generate(how))],
      [diffusion, own(diffusion.generate(how))],
      [far, own(diffusion.generate(how))],
      [farther, own(gan.generate(how))],
    ];
    for (const [of, expected] of cases) {
      const { data, seed } = await answered(of, body);
      expect(seed).toBe(4);
      const pixels = await Promise.all(data.map(({ b64_json }) => pixelsOf(b64_json)));
      expect(pixels.flat()).toEqual(expected);
    }
    const [alone] = await eventsOf(await handlerOf({}, gan)(pictures({ ...body, stream: true })));
    expect(alone).toMatchObject({ type: "image_generation.completed", index: 0 });
  });

  it("come as the bytes of one file, and larger", async () => {
    const options = { seed: 2, steps: 2 };
    const one = await handler(pictures({ ...options, response_format: "png", size: "auto" }));
    expect(one.headers.get("content-type")).toBe("image/png");
    const bytes = new Uint8Array(await one.arrayBuffer());
    const { images } = diffusion.generate(options);
    expect(bytes).toEqual(await images.toPNG(0));
    const body = { ...options, n: 4, size: "24x24", response_format: "png" };
    const sheet = await decodePNG(
      new Uint8Array(await (await handler(pictures(body))).arrayBuffer()),
    );
    // Two by two with a pixel between, each of them two wide.
    expect([sheet.width, sheet.height]).toEqual([50, 50]);
    const [{ b64_json }] = (await answered(diffusion, { ...options, size: "36x36" })).data;
    expect(await pixelsOf(b64_json)).toHaveLength(36 * 36);
  });

  it("emerge evenly in a stream", async () => {
    const shown = async (partial_images?: number) => {
      const body = { seed: 1, steps: 8, stream: true, partial_images };
      const events = await eventsOf(await handler(pictures(body)));
      expect(events.pop()).toBe("[DONE]");
      return (events as unknown as { b64_json: string }[]).map(({ b64_json }) => b64_json);
    };
    const steps: string[] = [];
    for await (const { made } of diffusion.stream({ seed: 1, steps: 8 })) {
      steps.push(Buffer.from(await made.images.toPNG(0)).toString("base64"));
    }
    expect(await shown()).toEqual([1, 3, 5, 7].map((i) => steps[i]));
    expect(await shown(0)).toEqual([steps[7]]);
    expect(await shown(50)).toEqual(steps);
  });

  it("are of the labels that are asked for", async () => {
    const asked = async (body: object) =>
      (await answered(diffusion, { seed: 3, steps: 1, ...body })).data[0].labels;
    expect(await asked({ prompt: "CROSS" })).toMatchObject({ shape: "cross" });
    expect(await asked({ prompt: "left, cross" })).toEqual({ shape: "cross", side: "left" });
    const labels = { shape: "square", side: "right" };
    expect(await asked({ prompt: "", labels })).toEqual(labels);
    const { images } = diffusion.generate({ seed: 3, steps: 1 });
    const drawn = images.labels.map(({ name, classes, indices }) => [name, classes[indices[0]]]);
    expect(await asked({ prompt: null })).toEqual(Object.fromEntries(drawn));
  });
});

describe("words", () => {
  const body = { seed: 5, steps: 2, n: 2 };
  const how = { seed: 5, steps: 2, samples: 2 };

  it("are the prompt of a model that learned captions, here and in a worker", async () => {
    const prompt = "a cross on the left";
    const negative = "a square";
    const far = await worker.Diffusion.load(worded.save());
    for (const of of [worded, far]) {
      for (const [asked, options] of [
        [{ prompt }, { prompt }],
        [{ prompt: "左边的方块" }, { prompt: "左边的方块" }],
        [
          { prompt, negative_prompt: negative },
          { prompt, negative },
        ],
        [
          { prompt, labels: { side: "left" } },
          { prompt, labels: { side: "left" } },
        ],
        [{ prompt: "", negative_prompt: "" }, {}],
      ] as const) {
        const { data } = await answered(of, { ...body, ...asked });
        const pixels = await Promise.all(data.map(({ b64_json }) => pixelsOf(b64_json)));
        expect(pixels.flat()).toEqual(own(worded.generate({ ...how, ...options })));
      }
    }
  });

  it.each([
    [{ prompt: "a zebra" }, "prompt", 'the text has "z"', "invalid_value"],
    [{ prompt: "a".repeat(99) }, "prompt", "99 tokens, the model reads", "context_length_exceeded"],
    [{ prompt: "a".repeat(9000) }, "prompt", "8192 characters", "context_length_exceeded"],
    [{ prompt: ["a"] }, "prompt", "must be a string", "invalid_type"],
    [{ negative_prompt: "a zebra" }, "negative_prompt", 'the text has "z"', "invalid_value"],
    [{ negative_prompt: "a", guidance: 1 }, "negative_prompt", "above 1", "invalid_value"],
  ])("refuses %j", async (asked, param, message, code) => {
    const error = await errorOf(await handlerOf({}, worded)(pictures({ ...body, ...asked })));
    expect(error).toMatchObject({ status: 400, param, code });
    expect(error.message).toContain(message);
  });
});

describe("what is refused", () => {
  it.each([
    [{ n: 0 }, "n", "at least 1 and at most 16, got 0"],
    [{ n: 17 }, "n", "at most 16"],
    [{ steps: 51 }, "steps", "at least 1 and at most 50, got 51"],
    [{ steps: 1.5 }, "steps", "whole number"],
    [{ guidance: -1 }, "guidance", "at least 0"],
    [{ size: "1024x1024" }, "size", "must be 12x12, as large as the model's pictures, or a"],
    [{ size: "24x12" }, "size", "such as 48x48"],
    [{ size: "0x0" }, "size", "12x12"],
    [{ size: "12000x12000" }, "size", "at most 1048576 pixels, 1 of them have 144000000"],
    [{ size: 12 }, "size", "must be a string"],
    [{ response_format: "url" }, "response_format", 'b64_json or png, got "url"'],
    [{ response_format: { toString: null } }, "response_format", "a string, got an object"],
    [{ response_format: "png", stream: true }, "response_format", "must be b64_json"],
    [{ output_format: "jpeg" }, "output_format", "must be png"],
    [{ background: "transparent" }, "background", "is not supported"],
    [{ sampler: "ddim" }, "sampler", 'is not for objective "flow"'],
    [{ sampler: "dpm" }, "sampler", "euler or heun"],
    [{ seed: -1 }, "seed", "at least 0"],
    [{ partial_images: 2 }, "partial_images", "stream: true"],
    [{ labels: { form: "cross" } }, "labels", 'the label "form"; it knows shape'],
    [{ labels: { shape: "moon" } }, "labels.shape", "must be one of"],
    [{ labels: [] }, "labels", "must be an object"],
    [{ prompt: "cross, cross" }, "prompt", 'one class of "shape", got "cross" twice'],
    [{ negative_prompt: "cross" }, "negative_prompt", "for models that learned captions"],
    [{ prompt: "cross", labels: { shape: "square" } }, "prompt", 'got "cross" and "square"'],
    [{ prompts: "" }, "prompts", "Unrecognized request argument"],
  ])("%j", async (body, param, message) => {
    const error = await errorOf(await handler(pictures(body)));
    expect(error).toMatchObject({ status: 400, param });
    expect(error.message).toContain(message);
  });

  it("what only models do that work step by step, or that know labels", async () => {
    for (const [of, body, param] of [
      [gan, { steps: 3 }, "steps"],
      [gan, { guidance: 2 }, "guidance"],
      [vae, { prompt: "cross" }, "prompt"],
      [vae, { labels: { shape: "cross" } }, "labels"],
    ] as const) {
      const error = await errorOf(await handlerOf({}, of)(pictures(body)));
      expect(error).toMatchObject({ status: 400, param });
    }
  });

  it("other models and other paths", async () => {
    const other = await errorOf(await handler(pictures({ model: "dall-e-3" })));
    expect(other).toMatchObject({ status: 404, code: "model_not_found" });
    const text = await errorOf(await handler(completion({ prompt: "" })));
    expect(text).toMatchObject({ status: 404, code: "model_not_supported" });
    expect(text.message).toContain("ask POST /v1/images/generations");
    const picture = await errorOf(await handlerOf({}, model)(pictures({})));
    expect(picture.message).toContain("ask POST /v1/completions");
  });

  it("models that are not trained, and those of vectors", async () => {
    const fresh = await Diffusion.create({ ...small, levels: 2 });
    await refused(() => createHandler(fresh), InvalidInputError, "has not been trained");
    const points = [Float32Array.of(0, 1), Float32Array.of(1, 0)];
    const plane = await GAN.create({ runtime, images: points, hidden: 4 });
    await plane.fit(points, { steps: 1, batch: 2 });
    await refused(
      () => createHandler(plane),
      InvalidInputError,
      "this one makes examples of 2 numbers",
    );
  });
});

describe("limits", () => {
  it("hold the steps where nothing is said of them, too", async () => {
    const few = handlerOf({ maxSteps: 3, maxChoices: 2, maxPixels: 1200 }, diffusion);
    const body = { seed: 6 };
    const { data } = (await (await few(pictures(body))).json()) as WirePictures;
    const expected = diffusion.generate({ ...body, steps: 3 });
    expect(await pixelsOf(data[0].b64_json)).toEqual(own(expected));
    expect((await few(pictures({ n: 2, size: "24x24" }))).status).toBe(200);
    expect(await errorOf(await few(pictures({ n: 2, size: "36x36" })))).toMatchObject({
      status: 400,
    });
  });

  it("keys are asked for", async () => {
    const guarded = handlerOf({ keys: "secret" }, diffusion);
    expect((await guarded(pictures({}))).status).toBe(401);
    const authorization = "Bearer secret";
    const headers = { authorization, "content-type": "application/json" };
    expect((await guarded(pictures({ steps: 1 }, { headers }))).status).toBe(200);
  });
});

it("a stream that cannot be written ends the work, and frees its place at once", async () => {
  let ended = false;
  const broken: ServedPictureModel = {
    shape: diffusion.shape,
    fingerprint: () => diffusion.fingerprint(),
    generate: (options) => diffusion.generate(options),
    async *stream(options) {
      const images = {
        length: 1,
        labels: [],
        subset: () => expect.fail("a secret of the machine"),
      };
      try {
        for await (const piece of diffusion.stream(options)) {
          yield { ...piece, made: { images } as never };
        }
      } finally {
        ended = true;
      }
    },
  };
  const own = handlerOf({}, broken);
  const events = await eventsOf(await own(pictures({ steps: 9, stream: true, partial_images: 9 })));
  expect(events).toMatchObject([{ error: { code: "internal_error" } }]);
  await until(() => ended);
  expect(await load(own)).toEqual({ running: 0, waiting: 0 });
  expect(unexpected.splice(0)).toMatchObject([{ message: "a secret of the machine" }]);
});

describe("a client that goes", () => {
  /** The model, and how many steps all its streams have made. */
  function counted() {
    let steps = 0;
    const served: ServedPictureModel = {
      shape: diffusion.shape,
      labels: diffusion.labels,
      fingerprint: () => diffusion.fingerprint(),
      generate: (options) => diffusion.generate(options),
      async *stream(options) {
        for await (const piece of diffusion.stream(options)) {
          steps++;
          yield piece;
        }
      },
    };
    return { served, steps: () => steps };
  }

  it("ends the work between two steps, streaming or not", async () => {
    for (const stream of [true, false]) {
      const { served, steps } = counted();
      const own = handlerOf({ maxSteps: 1000 }, served);
      const controller = new AbortController();
      const body = { steps: 1000, stream, partial_images: stream ? 1000 : undefined };
      const answer = own(pictures(body, { signal: controller.signal }));
      await until(() => steps() > 0);
      controller.abort();
      if (stream) await (await answer).text();
      else expect((await answer).status).toBe(499);
      await until(async () => (await load(own)).running === 0);
      const before = steps();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(steps()).toBe(before);
      expect(before).toBeLessThan(1000);
    }
  });

  it("or whose time is up is told so", async () => {
    const own = handlerOf({ maxSteps: 1000, timeout: 30 }, diffusion);
    const error = await errorOf(await own(pictures({ steps: 1000, n: 16 })));
    expect(error).toMatchObject({ status: 504, code: "timeout" });
  });
});
