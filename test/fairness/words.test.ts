import { describe, expect, test } from "vitest";
import {
  augmentCounterfactually,
  counterfactuals,
  fillTemplate,
  groupOfText,
  substituteWords,
  textReader,
} from "../../src/entries/fairness.js";
import { InvalidInputError } from "../../src/host/errors.js";

const words = { female: ["she", "her", "woman"], male: ["he", "his", "man"] };

describe("substituteWords", () => {
  test.each([
    ["She knows her way.", "He knows his way."],
    ["SHE saw the woman's hat", "HE saw the man's hat"],
    ["the shepherd and others", "the shepherd and others"],
    ["she, she; she", "he, he; he"],
    ["", ""],
  ])("%j", (text, expected) => {
    expect(substituteWords(text, words.female, words.male)).toBe(expected);
  });

  test("words of Chinese are found anywhere, the longest first", () => {
    expect(substituteWords("她们说她来了", ["她", "她们"], ["他", "他们"])).toBe("他们说他来了");
  });

  test("letters whose small form is longer do not shift places", () => {
    expect(substituteWords("İ she İ", ["she"], ["he"])).toBe("İ he İ");
  });
});

describe("counterfactuals", () => {
  test("of each other group", () => {
    const three = { ...words, neutral: ["they", "their", "person"] };
    expect(counterfactuals("She left.", three)).toEqual({
      group: "female",
      others: [
        { group: "male", text: "He left." },
        { group: "neutral", text: "They left." },
      ],
    });
  });

  test("none where a text speaks of no group, or of both", () => {
    expect(counterfactuals("it rains", words)).toEqual({ group: undefined, others: [] });
    expect(counterfactuals("she and he", words).others).toEqual([]);
  });

  test("the group with the most words", () => {
    expect(groupOfText("he said she and her", words)).toBe("female");
    expect(groupOfText("he and she", words)).toBe("male");
    expect(groupOfText("rain", words)).toBeUndefined();
  });
});

describe("augmentCounterfactually", () => {
  test("documents keep their labels, both groups are turned round", () => {
    const { documents, added, from } = augmentCounterfactually(
      [{ text: "She reads.", labels: { mood: "calm" } }, { text: "rain" }, { text: "he saw her" }],
      words,
    );
    expect(added).toBe(2);
    expect(documents.slice(3)).toEqual([
      { text: "He reads.", labels: { mood: "calm" } },
      { text: "she saw his" },
    ]);
    expect(from).toEqual([0, 1, 2, 0, 2]);
  });

  test("refuses lists of several lengths", () => {
    expect(() => augmentCounterfactually(["a"], { a: ["x"], b: ["y", "z"] })).toThrow(
      new InvalidInputError(
        "words: words at one place are counterparts, so lists are equally long: a has 1, b 2",
      ),
    );
  });
});

describe("textReader", () => {
  test("words, patterns and lists", () => {
    expect(textReader({ words })("the WOMAN")).toBe("female");
    expect(textReader({ words })("rain")).toBe("none");
    const ends = textReader({ patterns: { vowel: "[aeiou]$", other: "." } });
    expect(["Anna", "Jim", ""].map(ends)).toEqual(["vowel", "other", "none"]);
    const names = textReader({ lists: { f: ["Ann", "Kim"], m: ["Kim", "Bob"] } });
    expect([" bob ", "kim", "Annie"].map(names)).toEqual(["m", "f", "none"]);
  });

  test.each([
    [{}, "a reader has one of words, patterns and lists, got undefined"],
    [{ patterns: { a: "(" } }, 'patterns.a must be a regular expression, got "("'],
    [{ lists: { a: [] } }, "lists.a must be a list of at least one text, got an array of 0"],
    [{ wrods: {} }, "textReader does not know the option wrods; it knows words, patterns, lists"],
  ])("refuses %j", (reader, message) => {
    expect(() => textReader(reader as never)).toThrow(new InvalidInputError(message));
  });
});

test("templates are filled for each variant", () => {
  const slots = { f: { WHO: "nurse", P: "she" }, m: { WHO: "nurse", P: "he" } };
  expect(fillTemplate("$P is the $WHO.", slots)).toEqual({
    f: "She is the nurse.",
    m: "He is the nurse.",
  });
  expect(() => fillTemplate("$Q", slots)).toThrow(
    'the template "$Q" has $Q, which "f" has no word for; it has WHO, P',
  );
});
