// Characters: sheet and sprite agree, the same seed gives the same ones, and what is given stays.

import { beforeAll, expect, test } from "vitest";
import { drawFaces } from "../../src/data/images/faces.js";
import {
  type CharacterMaker,
  type CharacterParts,
  characterMaker,
} from "../../src/entries/game.js";
import {
  ImageSet,
  InvalidInputError,
  type Labels,
  LanguageModel,
  SimdreamError,
  VAE,
} from "../../src/entries/node.js";
import { refused } from "../models/help.js";
import { begin } from "../worker/help.js";

interface Sheet {
  readonly name: string;
  readonly hat: string;
  readonly colour: string;
  readonly strength: number;
}

const images = new ImageSet(drawFaces({ count: 200, seed: 1 }));
const [hats, colours] = ["hat", "colour"].map((name) => images.classes(name));
const schema = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[A-Z][a-z]{2,6}$" },
    hat: { enum: hats },
    colour: { enum: colours },
    strength: { type: "integer", minimum: 1, maximum: 9 },
  },
  required: ["name", "hat", "colour"],
  additionalProperties: false,
};
const names = ["Anna", "Bob", "Carl", "Dora", "Emil"];
const corpus = Array.from({ length: 60 }, (_, i) => {
  const labels = { hat: hats[i % hats.length], colour: colours[i % colours.length] };
  const sheet = { name: names[i % 5], ...labels, strength: 1 + (i % 9) };
  return { text: JSON.stringify(sheet), labels };
});

let text: LanguageModel;
let picture: VAE;
let maker: CharacterMaker<Sheet>;
beforeAll(async () => {
  text = await LanguageModel.create({ corpus, hidden: 24, seed: 1 });
  await text.fit(corpus, { steps: 60, batch: 8 });
  picture = await VAE.create({ images, labels: ["hat", "colour"], latent: 4, seed: 1 });
  await picture.fit(images, { steps: 20, batch: 16 });
  maker = await characterMaker<Sheet>({ text, picture, schema });
});

async function all<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const piece of pieces) list.push(piece);
  return list;
}

test("a sheet of the schema, and a sprite that was made for what it says", async () => {
  for (const { seed, sheet, sprite } of await all(maker.stream({ samples: 8, seed: 3 }))) {
    expect(sheet.name).toMatch(/^[A-Z][a-z]{2,6}$/);
    expect(sprite).toBeInstanceOf(ImageSet);
    expect(sprite).toMatchObject({ length: 1, height: 16, width: 16, channels: 3 });
    for (const name of ["hat", "colour"] as const) {
      const { classes, indices } = sprite.label(name);
      expect(classes[indices[0]], `${name} of seed ${seed}`).toBe(sheet[name]);
    }
  }
});

test("the same seed, the same character, alone or in a stream", async () => {
  const some = await all(maker.stream({ samples: 3, seed: 5 }));
  expect(some.map(({ seed }) => seed)).toEqual([5, 6, 7]);
  const again = await characterMaker<Sheet>({ text, picture, schema });
  for (const one of some) expect(await again.create({ seed: one.seed })).toEqual(one);
  expect(await again.create()).toEqual(await again.create({ seed: 0 }));
  expect(new Set(some.map(({ sprite }) => sprite.pixels.join())).size).toBe(3);
});

test("each model has a seed of its own, which stays what it is", async () => {
  const asked: { seed: number; samples: number }[] = [];
  const heard = <M extends { generate(options: never): unknown; labels: unknown }>(model: M) => ({
    labels: model.labels,
    generate: (options: never) => {
      asked.push(options);
      return model.generate(options) as never;
    },
  });
  const parts = { text: heard(text), picture: heard(picture), schema } as CharacterParts<Sheet>;
  const spied = await characterMaker(parts);
  const one = await spied.create({ seed: 7 });
  expect(one).toEqual(await maker.create({ seed: 7 }));
  const far = await spied.create({ seed: Number.MAX_SAFE_INTEGER });
  expect(far.seed).toBe(Number.MAX_SAFE_INTEGER);
  expect(asked.map(({ samples }) => samples)).toEqual([1, 1, 1, 1]);
  // The bits of all characters depend on these.
  expect(asked.map(({ seed }) => seed)).toMatchInlineSnapshot(`
    [
      1468284308879406,
      998887943564147,
      3280518832075809,
      4255085513302195,
    ]
  `);
});

test("what is given stays, and the rest is written to suit", async () => {
  const given = { name: "Zoe", hat: hats[2], strength: 7 };
  const told: object[] = [];
  const writer = {
    labels: text.labels,
    generate: (options: { labels?: Labels }) => {
      told.push(options.labels ?? {});
      return text.generate(options);
    },
  };
  const own = await characterMaker<Sheet>({ text: writer, picture, schema });
  const { sheet, sprite } = await own.create({ seed: 1, given: { hat: hats[2], strength: 7 } });
  expect(sheet).toMatchObject({ hat: hats[2], strength: 7 });
  const { classes, indices } = sprite.label("hat");
  expect(classes[indices[0]]).toBe(hats[2]);
  // A label that the model learned is told; the rest is decided by the schema alone.
  expect(told).toEqual([{ hat: hats[2] }]);
  expect((await own.create({ seed: 2, given: { hat: undefined } })).sheet.name).toBeDefined();
  // Z is no character that the model knows.
  await refused(() => own.create({ given }), InvalidInputError, "Z");
  // All of it: only the sprite is made.
  const whole = { name: "Dora", hat: hats[0], colour: colours[1], strength: 2 };
  expect((await own.create({ seed: 4, given: whole })).sheet).toEqual(whole);
});

test("the schema is as it was when the maker was made", async () => {
  const own = { ...schema, properties: { ...schema.properties } };
  const made = await characterMaker<Sheet>({ text, picture, schema: own });
  own.properties.hat = { enum: [hats[0]] };
  expect((await made.create({ given: { hat: hats[1] } })).sheet.hat).toBe(hats[1]);
});

test("many different ones given", async () => {
  for (let i = 0; i < 20; i++) {
    const given = { hat: hats[i % hats.length], strength: 1 + (i % 9) };
    expect((await maker.create({ seed: i, given })).sheet).toMatchObject(given);
  }
});

test("sheets that will not do are written again", async () => {
  const accept = ({ strength }: Sheet) => strength > 6;
  const strong = await characterMaker<Sheet>({ text, picture, schema, accept, tries: 100 });
  const some = await all(strong.stream({ samples: 4, seed: 1 }));
  expect(some.every(({ sheet }) => sheet.strength > 6)).toBe(true);
  expect(await strong.create({ seed: 2 })).toEqual(some[1]);
  const none = await characterMaker<Sheet>({
    text,
    picture,
    schema,
    accept: () => false,
    tries: 2,
  });
  const error = await none.create({ seed: 3 }).catch((one) => one);
  expect(error).toBeInstanceOf(SimdreamError);
  expect(error.message).toBe(
    "none of 2 sheets of seed 3 was accepted; give more tries, or accept more",
  );
});

test("a sprite by what a function makes of the sheet", async () => {
  const asked: object[] = [];
  const painter = {
    labels: [],
    generate: (options: object) => {
      asked.push(options);
      return { images: images.first(1) };
    },
  };
  const drawing = ({ hat }: Sheet) => ({ prompt: `a ${hat} hat`, steps: 5 });
  const worded = await characterMaker<Sheet>({ text, picture: painter, schema, drawing });
  const { sheet } = await worded.create({ seed: 1 });
  expect(asked).toEqual([
    { prompt: `a ${sheet.hat} hat`, steps: 5, seed: expect.any(Number), samples: 1 },
  ]);
  const cold = await characterMaker<Sheet>({ text, picture, schema, drawing: { temperature: 0 } });
  const [a, b] = [await cold.create({ seed: 1 }), await maker.create({ seed: 1 })];
  expect(a.sheet).toEqual(b.sheet);
  expect(a.sprite.labels).toEqual(b.sprite.labels);
  expect(a.sprite.pixels).not.toEqual(b.sprite.pixels);
});

test("8-bit copies, and models in a worker", async () => {
  const small = { text: await text.quantize(), picture: await picture.quantize(), schema };
  const local = await characterMaker<Sheet>(small);
  const worker = await begin();
  const remote = await characterMaker<Sheet>({
    text: await worker.LanguageModel.load(small.text.save()),
    picture: await worker.VAE.load(small.picture.save()),
    schema,
  });
  for (const given of [{}, { hat: hats[1] }]) {
    const [here, there] = [local, remote].map((one) => one.create({ seed: 9, given }));
    expect(await there).toEqual(await here);
  }
});

test("a stream ends where it is asked to", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const seen: number[] = [];
  const run = async () => {
    for await (const { seed } of maker.stream({ samples: 9, signal: controller.signal })) {
      seen.push(seed);
      if (seed === 1) controller.abort(reason);
    }
  };
  await expect(run()).rejects.toBe(reason);
  expect(seen).toEqual([0, 1]);
});

test("bad parts", async () => {
  const good = { text, picture, schema };
  const made = (more: object) => () => characterMaker({ ...good, ...more } as never);
  const { name } = schema.properties;
  for (const [more, message] of [
    [{ text: undefined }, "text must be a LanguageModel, got undefined"],
    [{ picture: {} }, "picture must be a Diffusion, VAE or GAN, got"],
    [{ schema: true }, "schema must describe an object with properties, got true"],
    [{ schema: { type: "string" } }, "schema must describe an object with properties"],
    [{ schema: { ...schema, uniqueItems: true } }, "uniqueItems"],
    [{ schema: { properties: { name } } }, "the sprite would not follow the sheet"],
    [
      { schema: { properties: { name, hat: { enum: ["none", "helmet"] } } } },
      'the schema lets hat be "helmet"; the picture model knows',
    ],
    [{ pictures: picture }, "pictures"],
    [{ writing: { seed: 1 } }, "writing cannot have seed: the maker gives it to the model itself"],
    [{ writing: 3 }, "writing must be options of generate, got 3"],
    [{ drawing: { samples: 2 } }, "drawing cannot have samples"],
    [{ drawing: "steps" }, "drawing must be options of generate or a function that gives them"],
    [{ accept: true }, "accept must be a function, got true"],
    [{ tries: 0 }, "tries"],
  ] as [object, string][]) {
    await refused(made(more), InvalidInputError, message);
  }
  const silent = await characterMaker<Sheet>({ ...good, drawing: () => 3 as never });
  await refused(() => silent.create(), InvalidInputError, "drawing must give an object, got 3");
});

test("bad requests", async () => {
  const asked = (options: object) => () => maker.create(options as never);
  for (const [options, message] of [
    [{ seed: -1 }, "seed"],
    [{ seed: "1" }, "seed"],
    [{ given: "wizard" }, 'given must be an object such as { class: "wizard" }, got "wizard"'],
    [{ given: { hatt: "cap" } }, 'given: the schema has no property "hatt"; did you mean "hat"?'],
    [{ given: { hat: "helmet" } }, `given.hat must be one of`],
    [{ given: { strength: 12 } }, 'given: no sheet of the schema has {"strength":12}'],
    [{ given: { name: "anna" } }, 'given: no sheet of the schema has {"name":"anna"}'],
    [{ samples: 2 }, "samples"],
  ] as [object, string][]) {
    await refused(asked(options), InvalidInputError, message);
  }
  for (const options of [{ samples: 0 }, { samples: 1.5 }, { signal: 3 }]) {
    await expect(all(maker.stream(options as never))).rejects.toBeInstanceOf(InvalidInputError);
  }
  // Nothing of it has changed the maker.
  expect((await maker.create({ given: { hat: hats[1] } })).sheet.hat).toBe(hats[1]);
});
