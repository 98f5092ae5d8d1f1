// Dates as people write them into ISO 8601: npm run dates
import { learn, show } from "./learn.mjs";

const DAY = 86_400_000;
const styles = [
  { dateStyle: "long" },
  { dateStyle: "medium" },
  { dateStyle: "full" },
  { day: "numeric", month: "short", year: "numeric" },
];
const formats = ["en-US", "en-GB"].flatMap((locale) =>
  styles.map((style) => new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC" })),
);
const pairs = Array.from({ length: 8000 }, (_, i) => {
  const date = new Date(((i * 7919) % 29_000) * DAY);
  const source = formats[i % formats.length].format(date);
  return { source, target: date.toISOString().slice(0, 10) };
});
const model = await learn(pairs, {
  create: { attention: "bahdanau", embed: 32, hidden: 96 },
  fit: { steps: 700, batch: 64, lr: 5e-3, val: 0.03 },
});
show(model, ["July 20, 1987", "9 November 1989", "Jan 1, 2000", "Friday, February 29, 2008"]);
