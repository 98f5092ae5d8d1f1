// What the demo shows to whom. The model learns both languages in either case, and its weights are the same.

/** Samples of one prompt. */
export interface Showcase {
  readonly prompt: string;
  readonly temperature: number;
  readonly seed: number;
  readonly samples: number;
}

/** What is shown in a language. */
export interface DemoLanguage {
  /** The prompt whose continuations are shown while the model learns. */
  readonly prompt: string;
  readonly showcase: readonly Showcase[];
  /** A prompt to try next. */
  readonly next: string;
}

const weather = "今天的天气";

export type LanguageName = "en" | "zh";

export const demoLanguages: Readonly<Record<LanguageName, DemoLanguage>> = {
  en: {
    prompt: "The weather",
    showcase: [
      { prompt: "The weather", temperature: 0.3, seed: 1, samples: 2 },
      { prompt: "I want to", temperature: 0.5, seed: 1, samples: 3 },
      { prompt: "My", temperature: 0.7, seed: 1, samples: 3 },
      { prompt: weather, temperature: 0.5, seed: 5, samples: 3 },
    ],
    next: "My",
  },
  zh: {
    prompt: weather,
    showcase: [
      { prompt: weather, temperature: 0.5, seed: 5, samples: 4 },
      { prompt: weather, temperature: 0.8, seed: 15, samples: 4 },
      { prompt: "The weather", temperature: 0.3, seed: 1, samples: 1 },
      { prompt: "I like", temperature: 0.3, seed: 2, samples: 2 },
    ],
    next: "明天",
  },
};

/** The language that the user's environment asks for: Chinese or, in any other case, English. */
export function languageOf(
  environment: Readonly<Record<string, string | undefined>>,
): LanguageName {
  // As POSIX has it: the first of these that is set and not empty.
  const { LC_ALL, LC_MESSAGES, LANG } = environment;
  return /^zh(?![a-z])/i.test(LC_ALL || LC_MESSAGES || LANG || "") ? "zh" : "en";
}
