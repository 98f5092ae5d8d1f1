// The Worker that makes pictures, in workerd itself: what it answers, and what a step costs.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Diffusion } from "../../src/entries/index.js";
import { drawings, spoken } from "../models/images/help.js";
import { had } from "../packages/bundlers.js";
import { installedProject } from "../runtimes/lib/package.js";
import { carried } from "../runtimes/lib/platform.js";
import { run } from "../runtimes/lib/processes.js";
import { bundleWorker, runWorker, type WorkerServer } from "./edge.js";
import { copyExample, LIMIT } from "./project.js";

let folder: string;
let remove = () => {};
let server: WorkerServer | undefined;

beforeAll(async () => {
  const project = await installedProject();
  remove = project.remove;
  folder = copyExample("cloudflare-pictures", project.folder);
  const env = { STEPS: "3" };
  await run(process.execPath, ["train.mjs"], { cwd: folder, limit: LIMIT, env } as never);
}, 3 * LIMIT);
afterAll(async () => {
  await server?.stop();
  remove();
});

it("makes pictures in workerd, with the bits of this machine", async (test) => {
  had(test, () => carried("workerd", "bin", "workerd"));
  server = await runWorker(folder, await bundleWorker(folder));
  const client = new OpenAI({ baseURL: `${server.address}/v1`, apiKey: "none", maxRetries: 0 });
  const model = await Diffusion.load(readFileSync(join(folder, "src", "model.safetensors")));
  const more = { seed: 7, steps: 4, guidance: 2 };
  const body = { model: "faces", prompt: "crown", n: 2, ...more };
  const made = model.generate({ samples: 2, labels: { hat: "crown" }, ...more });
  const expected = await Promise.all(
    [0, 1].map(async (i) => Buffer.from(await made.images.toPNG(i)).toString("base64")),
  );
  const { data } = await client.images.generate(body);
  expect(data?.map(({ b64_json }) => b64_json)).toEqual(expected);
  const completed: string[] = [];
  let partial = 0;
  for await (const event of await client.images.generate({ ...body, stream: true })) {
    if (event.type === "image_generation.completed") completed.push(event.b64_json);
    else partial++;
  }
  expect([partial, completed]).toEqual([6, expected]);
  await expect(client.images.generate({ ...body, n: 5 })).rejects.toMatchObject({
    ...{ status: 400, param: "n" },
  });
});

it("is asked in words where the model learned some", async (test) => {
  had(test, () => carried("workerd", "bin", "workerd"));
  const images = spoken(drawings(24));
  const model = await Diffusion.create({
    images,
    labels: false,
    channels: 4,
    levels: 2,
    textWidth: 8,
  });
  await model.fit(images, { steps: 2, batch: 8 });
  const own = copyExample("cloudflare-pictures", folder);
  writeFileSync(join(own, "src", "model.safetensors"), model.save());
  const worker = await runWorker(own, await bundleWorker(own));
  try {
    const response = await fetch(`${worker.address}/v1/images/generations`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...{ prompt: "左边的方块", negative_prompt: "a cross", seed: 7, steps: 3 },
        response_format: "png",
      }),
    });
    const { images: made } = model.generate({
      ...{ prompt: "左边的方块", negative: "a cross", seed: 7, steps: 3 },
    });
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(await made.toPNG(0));
  } finally {
    await worker.stop();
  }
});

it("says what a request costs", async (test) => {
  const { cpu, address } = server ?? test.skip("workerd is not there");
  const used = () => cpu() ?? test.skip("only Linux tells what CPU a thread has used");
  const cost = async (requests: number, steps: number) => {
    const before = used();
    for (let seed = 0; seed < requests; seed++) {
      const response = await fetch(`${address}/v1/images/generations`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ seed, steps }),
      });
      expect(response.status).toBe(200);
      await response.text();
    }
    return (used() - before) / requests;
  };
  await cost(30, 20);
  const [one, many] = [await cost(40, 1), await cost(40, 20)];
  console.log(
    `cloudflare, ms of CPU: a picture in 20 steps ${many.toFixed(2)}, in one ${one.toFixed(2)}`,
  );
  expect(many).toBeGreaterThan(one);
});
