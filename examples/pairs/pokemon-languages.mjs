// English names of Pokemon into French, German or Japanese ones; the first character of a source says
// which. A second output tells the language of a name: npm run pokemon-languages
import pokemon from "pokemon";
import { learn, show } from "./learn.mjs";

const languages = ["fr", "de", "ja"];
const english = pokemon.all("en");
const pairs = languages.flatMap((language) =>
  pokemon.all(language).map((target, i) => ({ source: `${language}:${english[i]}`, target })),
);
// Names in every language for the classifier: a pair of a name with itself has its language as label.
const names = ["en", ...languages].flatMap((label) =>
  pokemon.all(label).map((name) => ({ source: name, target: name, label })),
);
const model = await learn([...pairs, ...names], {
  create: { attention: "luong", embed: 48, hidden: 128, dropout: 0.2 },
  fit: { steps: 1200, batch: 64, lr: 4e-3, val: 0.03, lambda: 2 },
});
show(model, [
  "fr:Pikachu",
  "de:Bulbasaur",
  "ja:Charmander",
  "fr:Firebird",
  "de:Firebird",
  "ja:Firebird",
]);
for (const name of ["Florizarre", "Glumanda", "ピカチュウ", "Squirtle"]) {
  const [[label, p]] = Object.entries(model.classify(name)).sort(([, a], [, b]) => b - a);
  console.log(`${name} is ${label} (${(100 * p).toFixed(0)} %)`);
}
