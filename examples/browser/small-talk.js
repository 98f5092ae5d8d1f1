// Conversations to learn where nobody has given any: sums up to 9 + 9, a made-up weather, and a few courtesies, in English and
// in Chinese. Made by rule, and always the same ones.

/** How many there are. */
const COUNT = 900;
/** The most questions of one. */
const TURNS = 5;

/** Places, and the weather that they have here: sky, and degrees. */
const PLACES = [
  ["Paris", "巴黎", 0, 21],
  ["Rome", "罗马", 1, 17],
  ["London", "伦敦", 2, 12],
  ["Oslo", "奥斯陆", 3, 2],
  ["Beijing", "北京", 0, 25],
  ["Tokyo", "东京", 2, 18],
  ["Cairo", "开罗", 0, 34],
  ["Lima", "利马", 1, 19],
];
const SKIES = [
  ["sunny", "晴天"],
  ["cloudy", "阴天"],
  ["rainy", "雨天"],
  ["snowy", "雪天"],
];
/** What is said in each language: [questions, answer] by what they are about. A place is [name, sky, degrees]. */
const TONGUES = [
  {
    sum: (a, b) => [
      [`What is ${a} + ${b}?`, `What's ${a}+${b}?`, `${a} + ${b}`],
      `${a} + ${b} is ${a + b}.`,
    ],
    sky: ([name, sky]) => [
      [`How is the weather in ${name}?`, `What is the weather like in ${name}?`],
      `It is ${sky} in ${name}.`,
    ],
    warmth: ([name, , degrees]) => [
      [`How warm is it in ${name}?`, `How cold is it in ${name}?`],
      `It is ${degrees} degrees in ${name}.`,
    ],
    also: ([name]) => [`And in ${name}?`, `And ${name}?`],
    courtesies: [
      [["Hello", "Hi", "Hello!"], "Hello! Ask me for a sum, or about the weather."],
      [["Ahoy", "Ahoy!"], "Ahoy! Ask me for a sum, or about the weather."],
      [["Who are you?", "What are you?"], "I am a small model that was trained in a page."],
      [["What can you do?", "Help"], "I know sums up to 9 + 9, and the weather in 8 places."],
      [["Thank you", "Thanks", "Thanks!"], "You are welcome."],
      [["Bye", "Goodbye"], "Bye!"],
    ],
    kindly: ["Be kind.", (answer) => `Gladly! ${answer}`],
    ahoy: (answer) => `Ahoy! ${answer}`,
  },
  {
    sum: (a, b) => [
      [`${a} 加 ${b} 等于几？`, `${a}加${b}等于多少？`, `${a}加${b}`],
      `${a} 加 ${b} 等于 ${a + b}。`,
    ],
    sky: ([name, sky]) => [[`${name}的天气怎么样？`, `${name}天气如何？`], `${name}是${sky}。`],
    warmth: ([name, , degrees]) => [
      [`${name}多少度？`, `${name}有多热？`, `${name}有多冷？`],
      `${name} ${degrees} 度。`,
    ],
    also: ([name]) => [`${name}呢？`, `那${name}呢？`],
    courtesies: [
      [["你好", "您好", "你好！"], "嘿，你好！问我加法或者天气吧。"],
      [["你是谁？", "你是什么？"], "我是在网页里训练的小模型。"],
      [["你会什么？", "你能做什么？"], "我会 9 加 9 以内的加法，也知道 8 个地方的天气。"],
      [["谢谢", "谢谢你", "多谢"], "不客气。"],
      [["再见", "拜拜"], "再见！"],
    ],
    kindly: ["请客气一点。", (answer) => `好的！${answer}`],
    ahoy: (answer) => `嘿！${answer}`,
  },
];

/** Conversations `{ messages }`: in a quarter of them the model is asked to be kind. */
export function smallTalk() {
  return made(COUNT, 1, (below, one) => {
    if (below(4) > 0) return { manner: () => (answer) => answer };
    const [request] = one(TONGUES).kindly;
    return { request, manner: ({ kindly }) => kindly[1] };
  });
}

/** Some in another manner, for an adapter: every answer begins with a shout. */
export function ahoyTalk() {
  return made(60, 2, () => ({ manner: ({ ahoy }) => ahoy }));
}

/** What somebody may begin with. */
export const beginnings = [
  ...["Hello", "What is 3 + 4?", "How is the weather in Paris?", "How warm is it in Cairo?"],
  ...["你好", "6 加 7 等于几？", "北京的天气怎么样？"],
];

/** @param styleOf what is asked for in a conversation, if anything, and what answers then are in a language */
function made(count, seed, styleOf) {
  let state = seed;
  // Park and Miller's generator: products below 2 ** 53, the same numbers in every engine.
  const below = (most) => {
    state = (state * 48271) % 2147483647;
    return state % most;
  };
  const one = (list) => list[below(list.length)];

  return Array.from({ length: count }, () => {
    const { request, manner } = styleOf(below, one);
    const messages = request ? [{ role: "system", content: request }] : [];
    let language = below(TONGUES.length);
    /** Of the weather, what was asked last. */
    let topic;
    const place = () => {
      const [english, chinese, sky, degrees] = one(PLACES);
      return [[english, chinese][language], SKIES[sky][language], degrees];
    };
    /** Questions, of which one is asked, and the answer. */
    const exchange = (tongue) => {
      const about = below(10);
      if (topic && about < 5) {
        const where = place();
        return [tongue.also(where), tongue[topic](where)[1]];
      }
      topic = undefined;
      if (about < 5) return tongue.sum(below(10), below(10));
      if (about === 9) return one(tongue.courtesies);
      topic = about < 7 ? "sky" : "warmth";
      return tongue[topic](place());
    };
    for (let turns = 1 + below(TURNS); turns > 0; turns--) {
      const tongue = TONGUES[language];
      const [questions, answer] = exchange(tongue);
      const question = one(questions);
      const typed = below(3) === 0 ? carelessly(question) : question;
      messages.push({ role: "user", content: typed });
      messages.push({ role: "assistant", content: manner(tongue)(answer) });
      if (below(4) === 0) language = 1 - language;
    }
    return { messages };
  });
}

/** As people type. */
const carelessly = (question) => question.replace(/[?？]$/, "").toLowerCase();
