// Writes poems by title, author and whatever else is known of them: npm run quatrains [poems.jsonl]
//
// A line of the file is a poem: {"title": "…", "author": "…", "text": ["…，…。", "…，…。"]}. Without a file, a few
// famous ones are learnt by heart, which shows how it goes; some thousand make a poet.
import { readFileSync } from "node:fs";
import { LanguageModel } from "simdream";

const famous = `
{"title": "春曉", "author": "孟浩然", "text": ["春眠不覺曉，處處聞啼鳥。", "夜來風雨聲，花落知多少？"]}
{"title": "宿建德江", "author": "孟浩然", "text": ["移舟泊煙渚，日暮客愁新。", "野曠天低樹，江清月近人。"]}
{"title": "靜夜思", "author": "李白", "text": ["牀前明月光，疑是地上霜。", "舉頭望明月，低頭思故鄉。"]}
{"title": "早發白帝城", "author": "李白", "text": ["朝辭白帝彩雲間，千里江陵一日還。", "兩岸猿聲啼不住，輕舟已過萬重山。"]}
{"title": "鹿柴", "author": "王維", "text": ["空山不見人，但聞人語響。", "返景入深林，復照青苔上。"]}
{"title": "送元二使安西", "author": "王維", "text": ["渭城朝雨浥輕塵，客舍青青柳色新。", "勸君更盡一杯酒，西出陽關無故人。"]}
`;

const [path] = process.argv.slice(2);
const lines = (path ? readFileSync(path, "utf8") : famous).trim().split("\n");
const corpus = lines.map((line) => {
  const { title, author, text } = JSON.parse(line);
  const verses = [text].flat();
  // The first line's length is the form: 5 and a comma, or 7.
  const form = String(verses[0].search(/[，。？！；]/));
  return { text: verses.join("\n"), labels: { title, author, form } };
});

const model = await LanguageModel.create({
  corpus,
  network: "transformer",
  dropout: 0.1,
  labels: { title: "text", author: "category", form: "category" },
});
const few = corpus.length < 100;
const run = {
  steps: few ? 150 : 2000,
  lr: 3e-3,
  schedule: "cosine",
  warmup: 50,
  ema: 0.99,
  val: few ? 0 : 0.1,
  evalEvery: 250,
  ...(few ? {} : { keep: "last" }),
};
for await (const { step, loss, validation } of model.fit(corpus, run)) {
  if (step % 50 === 0) {
    const checked = validation === undefined ? "" : `, validation ${validation.toFixed(3)}`;
    console.log(`step ${step}: loss ${loss.toFixed(3)}${checked}`);
  }
}

const [{ labels: first }] = corpus;
for (const labels of [first, { form: "5" }, { author: first.author }, {}]) {
  const { text } = model.generate({ labels, temperature: 0.8, seed: 1 });
  console.log(`\n${Object.values(labels).join(" · ") || "of any kind"}\n${text}`);
}
