// Conversations as texts: as Python's Jinja writes them, and whatever a template does, it ends.

import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../../../src/host/errors.js";
import type { ChatMessage } from "../../../src/text/chat-message.js";
import { type ChatOptions, renderChat } from "../../../src/text/foreign/chat.js";
import { dumps, Float, floatText, parseWithFloats } from "../../../src/text/foreign/python-json.js";

const hi: ChatMessage[] = [{ role: "user", content: "Hi" }];
const render = (template: string, messages: ChatMessage[] | string = hi, options?: ChatOptions) =>
  renderChat(template, messages, options);

const CHATML = `{%- for message in messages %}
    {%- if message.role not in ['user', 'assistant'] %}
        {{- raise_exception('Unknown role: ' + message.role) }}
    {%- endif %}
    {{- bos_token if loop.first else '' }}
    {{- '<|' + message.role + '|>' + message.content | trim + '\\n' }}
{%- endfor %}
{%- if tools %}{{ tools | tojson }}{% endif %}
{%- if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}`;

describe("templates", () => {
  it("write a conversation", () => {
    const two: ChatMessage[] = [...hi, { role: "assistant", content: " Hello. " }];
    expect(render(CHATML, two, { bosToken: "<s>" })).toBe("<s><|user|>Hi\n<|assistant|>Hello.\n");
    expect(render(CHATML, hi, { addGenerationPrompt: true })).toBe("<|user|>Hi\n<|assistant|>");
  });

  it("say themselves what they refuse", () => {
    expect(() => render(CHATML, [{ role: "robot", content: "x" }])).toThrow(
      "the model's chat template fails for this conversation: Unknown role: robot",
    );
  });

  it("write JSON as Python does", () => {
    const tools =
      '[{"name":"add","a":19.0,"b":2,"c":[],"d":{},"e":"é\\"","f":[1e-7,1e20,0.5,null]}]';
    expect(render(CHATML, hi, { tools })).toBe(
      '<|user|>Hi\n[{"name": "add", "a": 19.0, "b": 2, "c": [], "d": {}, "e": "é\\"", "f": [1e-07, 1e+20, 0.5, null]}]',
    );
    const layouts = [
      ["indent=2", '{\n  "b": [\n    1,\n    2\n  ],\n  "a": {}\n}'],
      ["sort_keys=true", '{"a": {}, "b": [1, 2]}'],
      ["separators=(',', ':')", '{"b":[1,2],"a":{}}'],
      ["ensure_ascii=true", '{"b": [1, 2], "a": {}}'],
    ];
    for (const [option, wanted] of layouts) {
      expect(render(`{{ {'b': [1, 2], 'a': {}} | tojson(${option}) }}`)).toBe(wanted);
    }
    expect(render("{{ 'é🙂' | tojson(ensure_ascii=true) }}")).toBe('"\\u00e9\\ud83d\\ude42"');
  });

  it("know no clock, and what is given to them", () => {
    expect(render("{{ strftime_now is defined }}")).toBe("false");
    expect(render("{{ today }}", hi, { variables: { today: "Monday" } })).toBe("Monday");
    expect(render("{{ messages[0].content }}", '[{"role":"user","content":"x"}]')).toBe("x");
  });

  it.each([
    ["messages", () => renderChat("", {} as never), /messages must be a list/],
    ["JSON", () => renderChat("", "[{]"), /messages is no JSON/],
    ["a template", () => renderChat(3 as never, hi), /must be a text of at most 262144/],
    ["options", () => renderChat("", hi, { add: true } as never), /does not know the option add/],
    ["a damaged template", () => render("{% for %}"), /chat template fails/],
  ])("%s that are none are refused", (_, run, message) => expect(run).toThrow(message));
});

describe("hostile templates end", () => {
  const long =
    "{% set n = namespace(x='aaaaaaaaaa') %}{% for i in range(16) %}{% set n.x = n.x ~ n.x %}{% endfor %}";
  it.each<[string, string, RegExp]>([
    [
      "loops",
      "{% for a in range(90000) %}{% for b in range(90000) %}{{ a }}{% endfor %}{% endfor %}",
      /it /,
    ],
    ["a range", "{{ range(10 ** 12) }}", /range must have at most 100000/],
    ["small steps", "{{ range(0, 1, 0.0000001) }}", /range must have at most 100000 whole numbers/],
    ["recursion", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", /nested deeper than 300/],
    [
      "doubling",
      "{% set n = namespace(x='a') %}{% for i in range(999) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
      /it makes more than/,
    ],
    [
      "a list in itself, twice",
      "{% set n = namespace(x=[1]) %}{% for i in range(99) %}{% set n.x = [n.x, n.x] %}{% endfor %}{{ n.x }}",
      /it makes more than/,
    ],
    ["a circle", "{% set n = namespace() %}{% set n.a = n %}{{ n }}", /a namespace inside of/],
    ["replacing", `${long}{{ n.x.replace('a', n.x) }}`, /it makes too much/],
    ["replacing by a filter", `${long}{{ n.x | replace('a', n.x) }}`, /it makes too much/],
    ["joining", `${long}{{ range(90000) | join(n.x) }}`, /it /],
    ["indentation", "{{ 'a\\nb' | indent(10 ** 12) }}", /it makes too much/],
    ["indentation of JSON", "{{ [1] | tojson(indent=10 ** 9) }}", /it makes too much/],
    [
      "searching",
      `${long}{% for i in range(9999) %}{{ ('b' ~ n.x[:300000]) in n.x }}{% endfor %}`,
      /it takes too many steps/,
    ],
    ["a filter block", "{% filter indent(4) %}x{% endfilter %}", /filter blocks are not supported/],
    ["brackets", `{{ ${"[".repeat(50_000)} }}`, /chat template fails/],
    ["what is left open", "{{ ".repeat(80_000), /chat template fails/],
    ["spaces", `{{ '${" ".repeat(200_000)}' }}`, /at most 1000 spaces/],
    ["its length", "x".repeat(300_000), /at most 262144 characters/],
  ])(
    "%s",
    (_, template, message) => {
      const started = performance.now();
      expect(() => render(template)).toThrow(InvalidInputError);
      expect(() => render(template)).toThrow(message);
      expect(performance.now() - started).toBeLessThan(20_000);
    },
    60_000,
  );

  it("a long conversation is no hostile one", () => {
    const long = Array.from({ length: 400 }, (_, i) => ({
      role: i % 2 === 0 ? "user" : "assistant",
      content: "A sentence that is said. ".repeat(100),
    }));
    expect(render(CHATML, long).length).toBeGreaterThan(900_000);
  });
});

it("floats are written as Python writes them", () => {
  const written = [
    "19.0",
    "0.1",
    "-0.0",
    "1e-05",
    "0.0001",
    "1e+16",
    "1234567890123456.0",
    "1.5e+300",
    "5e-324",
  ];
  for (const text of written) expect(floatText(Number(text))).toBe(text);
  expect(parseWithFloats('{"a":[1,1.0,"1.0\\"2.0"]}')).toEqual({ a: [1, new Float(1), '1.0"2.0'] });
  const layout = { separators: [", ", ": "], sortKeys: false, ascii: false } as const;
  expect(dumps<unknown>("x", (value) => `<${value}>`, layout)).toBe("<x>");
});
