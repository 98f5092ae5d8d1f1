// Audits on the command line: every kind of model, what each audit finds, and what is refused.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { folder, inFolder } from "./command-line.js";
import { writeFaces } from "./faces.js";

let cwd: string;
const { json, done, refused } = inFolder(() => cwd);

const words = { female: ["she"], male: ["he"] };
/** Whoever is "she" laughs, whoever is "he" runs. */
const lines = Array.from({ length: 80 }, (_, i) => (i % 2 === 0 ? "she laughs" : "he runs"));
const attributes = {
  gender: { words },
  act: { patterns: { laughs: "laugh", runs: "run" } },
  kind: { label: "label" },
  glasses: { classifier: "c.safetensors", label: "label" },
};
const spec = (name: string, audits: readonly object[], more: object = {}) =>
  writeFileSync(join(cwd, name), JSON.stringify({ attributes, samples: 60, ...more, audits }));

beforeAll(async () => {
  cwd = folder();
  writeFileSync(join(cwd, "t.txt"), `${lines.join("\n")}\n`);
  writeFileSync(join(cwd, "t.tsv"), lines.map((one, i) => `${one}\t${"ab"[i % 2]}\n`).join(""));
  writeFileSync(
    join(cwd, "pairs.csv"),
    'more,less,about\n"she laughs","he laughs",x\nhe runs,she runs,y\n',
  );
  writeFileSync(join(cwd, "figures.csv"), "act,share\nlaughs,90\nruns,10\n");
  writeFileSync(join(cwd, "templates.csv"), "sentence,act\n$P laughs,laughs\n$P runs,runs\n");
  await writeFaces(cwd, 60);
  const small = "--embed 8 --hidden 24 --batch 8 --seed 1";
  await done(`train t.txt --documents lines ${small} --steps 300 --lr 1e-2 --out t.safetensors`);
  await done(`train t.tsv ${small} --steps 5 --out s.safetensors`);
  const pictures = "--channels 4 --batch 20 --seed 1 --steps 5";
  await done(`train faces --model classifier --features 8 ${pictures} --out c.safetensors`);
  await done(`train faces --model vae ${pictures} --out v.safetensors`);
  await done(`train faces --model autoencoder ${pictures} --out a.safetensors`);
});

interface Report {
  readonly audits: readonly Record<string, Record<string, unknown>>[];
  readonly limits: readonly string[];
}
const report = async (command: string) => (await json(`fairness ${command}`)) as unknown as Report;

test("texts: what is generated, what is said of others, pairs, templates, quality", async () => {
  spec("texts.json", [
    { audit: "distribution", attribute: "gender", against: "data" },
    { audit: "distribution", attribute: "act", by: "gender" },
    {
      audit: "substitution",
      by: "gender",
      texts: ["she laughs", "he runs"],
      prompts: ["she "],
      attribute: "act",
      samples: 30,
    },
    { audit: "pairs", pairs: "pairs.csv", more: "more", less: "less", kind: "about" },
    {
      ...{ audit: "templates", templates: "templates.csv", kind: "act" },
      variants: { female: { P: "she" }, male: { P: "he" } },
      figures: { file: "figures.csv", kind: "act", figure: "share" },
    },
    { audit: "quality", by: "gender" },
  ]);
  const command = "t.safetensors t.txt --spec texts.json";
  const { audits, limits } = await report(command);
  const [data, even, others, pairs, templates, quality] = audits;
  expect(data.found).toMatchObject({ trials: 60, confidence: 0.95 });
  const female = (data.found.values as { value: string; target: number }[]).find(
    ({ value }) => value === "female",
  );
  expect(female?.target).toBe(0.5);
  expect(even.groups.differs).toBe(true);
  expect(even.groups.difference).toBeGreaterThan(0.8);
  const [likelier] = others.likelihood.pairs as { a: string; b: string; gap: number }[];
  expect(likelier).toMatchObject({ a: "female", b: "male" });
  expect(likelier.gap).toBeGreaterThan(1);
  expect(others.groups.trials).toBe(60);
  expect(pairs.found).toMatchObject({ items: 2, unknown: 0, pairs: [{ likelier: { count: 2 } }] });
  expect(templates.correlation).toMatchObject({ r: 1, kinds: 2 });
  expect(quality.measured.groups).toMatchObject([
    { group: "female", examples: 40, score: { tokens: 440 } },
    { group: "male", examples: 40, score: { tokens: 320 } },
  ]);
  expect(limits.length).toBeGreaterThan(3);
  // The same again, and with another seed something else.
  expect(await report(command)).toEqual({ ...(await report(command)) });
  expect(await report(`${command} --seed 9`)).not.toEqual(await report(command));
});

test("a page, in two languages, is self-contained", async () => {
  spec("page.json", [{ audit: "distribution", attribute: "act", by: "gender" }]);
  await done("fairness t.safetensors --spec page.json --out en.html");
  await done("fairness t.safetensors --spec page.json --out zh.html --language zh");
  const [en, zh] = ["en.html", "zh.html"].map((name) => readFileSync(join(cwd, name), "utf8"));
  expect(en).toContain("default-src 'none'");
  expect(en).toContain("What this does not show");
  expect(zh).toContain("这些数字不能说明什么");
  expect(en).not.toMatch(/https?:|<script|style=/);
  await done("fairness t.safetensors --spec page.json --out r.json");
  expect(JSON.parse(readFileSync(join(cwd, "r.json"), "utf8")).audits).toHaveLength(1);
});

test("pictures, answers, and models that only measure", async () => {
  spec("pictures.json", [
    { audit: "distribution", attribute: "glasses", against: "data", samples: 30 },
    { audit: "distribution", attribute: "glasses", by: "kind", samples: 10 },
    { audit: "quality", attribute: "glasses", samples: 8 },
  ]);
  const made = await report("v.safetensors faces --spec pictures.json");
  expect(made.audits[0].found.trials).toBe(30);
  expect(made.audits[1].groups).toMatchObject({
    trials: 30,
    groups: expect.arrayContaining(["none"]),
  });
  expect(made.audits[2].quality).toMatchObject({ accuracy: { trials: 24 } });
  spec("classes.json", [{ audit: "quality", attribute: "kind", by: "kind" }]);
  const classes = await report("c.safetensors faces --spec classes.json");
  expect(classes.audits[0].quality).toMatchObject({
    accuracy: { trials: 60 },
    gap: expect.anything(),
  });
  spec("measure.json", [{ audit: "quality", by: "kind" }]);
  const measured = await report("a.safetensors faces --spec measure.json");
  expect(measured.audits[0].measured.groups).toHaveLength(3);
  spec("answers.json", [{ audit: "quality", by: "gender" }]);
  const answers = await report("s.safetensors t.tsv --spec answers.json");
  expect(answers.audits[0].translation).toMatchObject({
    sentences: 80,
    groups: [{ sentences: 40 }, { sentences: 40 }],
  });
});

test("what is refused", async () => {
  spec("texts2.json", [{ audit: "distribution", attribute: "act", against: "data" }]);
  await refused(2, "fairness needs --spec", "fairness t.safetensors");
  await refused(1, "cannot read none.json", "fairness t.safetensors --spec none.json");
  await refused(
    1,
    'audits[0] (distribution): against "data" needs data',
    "fairness t.safetensors --spec texts2.json",
  );
  await refused(2, "would be lost", "fairness t.safetensors --spec texts2.json --out texts2.json");
  await refused(2, "would be lost", "fairness t.safetensors t.txt --spec texts2.json --out t.txt");
  await refused(
    2,
    "--out must end in .html, .txt or .json",
    "fairness t.safetensors t.txt --spec texts2.json --out a.pdf",
  );
  await refused(
    1,
    "attribute act is read off texts; the model makes pictures",
    "fairness v.safetensors --spec texts2.json",
  );
  await refused(1, "makes no samples by itself", "fairness c.safetensors faces --spec texts2.json");
  spec("asked.json", [{ audit: "distribution", attribute: "act", by: "kind" }]);
  await refused(
    1,
    'cannot be asked for "label"; it knows no labels',
    "fairness t.safetensors --spec asked.json",
  );
  spec("seen.json", [{ audit: "distribution", attribute: "glasses" }]);
  await refused(
    1,
    "attribute glasses is seen in pictures; the model makes texts",
    "fairness t.safetensors --spec seen.json",
  );
  spec("pairs.json", [{ audit: "pairs", pairs: [["a", "b"]] }]);
  await refused(
    1,
    "texts alone get a probability of a language model only",
    "fairness v.safetensors --spec pairs.json",
  );
  spec("column.json", [{ audit: "pairs", pairs: "pairs.csv" }]);
  await refused(
    1,
    'no column "sent_more"; it has more, less, about',
    "fairness t.safetensors --spec column.json",
  );
  writeFileSync(join(cwd, "broken.json"), "{");
  await refused(1, "broken.json: expected JSON", "fairness t.safetensors --spec broken.json");
  spec("word.json", [{ audit: "distribution", atribute: "act" }]);
  await refused(
    1,
    "audits[0] (distribution) does not know the option atribute",
    "fairness t.safetensors --spec word.json",
  );
});
