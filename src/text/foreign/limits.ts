// An interpreter of templates that ends: templates come with models from anywhere, and one may loop, grow or search
// for ever. Every step is counted and what it made is measured. Where one step could make much of little, what it
// would make is bounded before it is taken.

import { InvalidInputError } from "../../host/errors.js";
import { Interpreter, type Node, type Scope, type Value } from "./jinja.js";
import { dumps, floatText, type JSONLayout } from "./python-json.js";

type Call = (args: Value[], scope: Scope) => Value;

/** Steps of one rendering, besides those for the size of the conversation. */
const STEPS = 2_000_000;
const DEEPEST = 300;
/** Characters that a text may have, besides eight times those of the conversation. */
const LONGEST = 1_000_000;
/** Characters, and comparisons of a search, that cost as much as a step. */
const [SIZE_STEP, SEARCH_STEP] = [64, 1024];

const HELD = "Held";

/** A node that is what was already computed. */
function held(value: Value): Node {
  return { type: HELD, value };
}

/** Makes the package's own values. */
export type Make = (value: string) => Value;

export class BoundedInterpreter extends Interpreter {
  #steps: number;
  #depth = 0;
  readonly #longest: number;
  readonly #make: Make;
  readonly #weights = new WeakMap<object, number>();

  /** @param size characters of the conversation */
  constructor(scope: Scope, size: number, make: Make) {
    super(scope);
    this.#steps = STEPS + size;
    this.#longest = LONGEST + 8 * size;
    this.#make = make;
  }

  override evaluate(node: Node | undefined, scope: Scope): Value {
    if (node?.type === HELD) return node.value as Value;
    this.#spend(1);
    if (++this.#depth > DEEPEST) tooMuch(`is nested deeper than ${DEEPEST} levels`);
    try {
      const value = node ? this.#step(node, scope) : super.evaluate(node, scope);
      this.#spend(this.#weigh(value) / SIZE_STEP);
      return value;
    } finally {
      this.#depth--;
    }
  }

  #step(node: Node, scope: Scope): Value {
    switch (node.type) {
      case "FilterStatement":
        throw new InvalidInputError("filter blocks are not supported in chat templates");
      case "FilterExpression":
        return this.#filter(node, scope);
      case "MemberExpression": {
        const object = this.#value(node.object, scope);
        const member = this.#super({ ...node, object: held(object) }, scope);
        const isText = object.type === "StringValue" && member.type === "FunctionValue";
        return isText ? this.#guarded(member, object) : member;
      }
      case "BinaryExpression": {
        const { value: operator } = node.operator as { value: string };
        if (operator !== "in" && operator !== "not in") return this.#super(node, scope);
        const left = this.#value(node.left, scope);
        const right = this.#value(node.right, scope);
        this.#search(right, [left]);
        return this.#super({ ...node, left: held(left), right: held(right) }, scope);
      }
      default:
        return this.#super(node, scope);
    }
  }

  #super(node: Node, scope: Scope): Value {
    return super.evaluate(node, scope);
  }

  #value(node: unknown, scope: Scope): Value {
    return this.evaluate(node as Node, scope);
  }

  /** A filter, its arguments known before it is applied. */
  #filter(node: Node, scope: Scope): Value {
    const operand = this.#value(node.operand, scope);
    const filter = node.filter as Node;
    const given = ((filter.args as Node[] | undefined) ?? []).map(
      (arg): [Node, Value | undefined] => {
        // Some filters want the node of a text itself.
        if (arg.type === "StringLiteral") return [arg, this.#value(arg, scope)];
        if (arg.type === "KeywordArgumentExpression") {
          const value = this.#value(arg.value, scope);
          return [{ ...arg, value: held(value) }, value];
        }
        if (/Spread/.test(arg.type)) {
          throw new InvalidInputError("filters with * or ** are not supported in chat templates");
        }
        const value = this.#value(arg, scope);
        return [held(value), value];
      },
    );
    const name = (filter.callee ?? filter) as { value: string };
    const values = given.flatMap(([, value]) => value ?? []);
    this.#grow(operand, values);
    if (name.value === "replace") this.#search(operand, values);
    if (name.value === "tojson") return this.#json(operand, given);
    const args = given.map(([arg]) => arg);
    const applied = filter.args === undefined ? filter : { ...filter, args };
    return this.#super({ ...node, operand: held(operand), filter: applied }, scope);
  }

  /** Python's json.dumps, where the package's loses that 19.0 is a float. */
  #json(operand: Value, given: readonly [Node, Value | undefined][]): Value {
    const options = new Map(
      given.map(([arg, value]) => [
        (arg.key as { value: string } | undefined)?.value,
        value?.value,
      ]),
    );
    const indent = (options.get("indent") ?? undefined) as number | undefined;
    const separators = options.get("separators") as readonly Value[] | null | undefined;
    const [comma = indent === undefined ? ", " : ",", colon = ": "] = separators ?? [];
    const text = (one: string | Value) => String(typeof one === "string" ? one : one.value);
    const layout: JSONLayout = {
      ...(indent === undefined ? {} : { indent }),
      separators: [text(comma), text(colon)],
      sortKeys: options.get("sort_keys") === true,
      ascii: options.get("ensure_ascii") === true,
    };
    return this.#make(dumps(operand, partsOf, layout));
  }

  /** A method of a text, its arguments looked at before it is called. */
  #guarded(method: Value, text: Value): Value {
    const call: Call = (args, scope) => {
      this.#grow(text, args);
      this.#search(text, args);
      return (method.value as Call)(args, scope);
    };
    return Object.assign(Object.create(Object.getPrototypeOf(method)), method, { value: call });
  }

  /** Refuses what a step could make of a value and its arguments: at most each character becomes all of one. */
  #grow(value: Value, args: readonly Value[]): void {
    if (args.length === 0) return;
    const factors = args.map((arg) =>
      typeof arg.value === "number" ? Math.abs(arg.value) : this.#weigh(arg),
    );
    const size = (this.#weigh(value) + 1) * (1 + Math.max(...factors));
    if (!(size <= 64 * this.#longest)) tooMuch("makes too much of a text");
  }

  /** Searching takes up to the product of both lengths. */
  #search(text: Value, wanted: readonly Value[]): void {
    for (const one of wanted) this.#spend((this.#weigh(text) * this.#weigh(one)) / SEARCH_STEP);
  }

  #spend(steps: number): void {
    this.#steps -= steps;
    if (!(this.#steps >= 0)) tooMuch("takes too many steps");
  }

  /** Characters of a value, what it holds more than once as often. */
  #weigh(value: Value): number {
    const { type, value: own } = value;
    if (typeof own === "string") return this.#checked(own.length);
    if (typeof own !== "object" || own === null) return 8;
    // A namespace changes, so what it weighs is not remembered, and nothing may hold one.
    const changes = type === "NamespaceValue";
    const known = changes ? undefined : this.#weights.get(value);
    if (known !== undefined) return known;
    let weight = 2;
    for (const entry of own as Iterable<Value | [string, Value]>) {
      const [name, inner] = Array.isArray(entry)
        ? (entry as [string, Value])
        : ["", entry as Value];
      if (inner.type === "NamespaceValue") {
        throw new InvalidInputError(
          "a namespace inside of a list, an object or a namespace is not supported",
        );
      }
      weight = this.#checked(weight + name.length + 4 + this.#weigh(inner));
    }
    if (!changes) this.#weights.set(value, weight);
    return weight;
  }

  #checked(weight: number): number {
    return weight <= this.#longest
      ? weight
      : tooMuch(`makes more than ${this.#longest} characters`);
  }
}

function tooMuch(what: string): never {
  throw new InvalidInputError(`it ${what}`);
}

function partsOf(value: Value): string | readonly Value[] | ReadonlyMap<string, Value> {
  switch (value.type) {
    case "UndefinedValue":
    case "NullValue":
      return "null";
    case "FloatValue":
      return floatText(value.value as number);
    case "IntegerValue":
    case "BooleanValue":
    case "StringValue":
      return JSON.stringify(value.value);
    case "ArrayValue":
    case "ObjectValue":
    case "NamespaceValue":
      return value.value as readonly Value[] | ReadonlyMap<string, Value>;
    default:
      throw new InvalidInputError(`tojson of a ${value.type}`);
  }
}
