// What is used of the package @huggingface/jinja, under types of our own: those of the package do not resolve
// everywhere, and our declarations name no package.

import * as jinja from "@huggingface/jinja";

/** A value of a template: a list's `value` is an array, an object's a map, a function's is called. */
export interface Value {
  readonly type: string;
  readonly value: unknown;
}

/** A node of a template's tree; what else it holds depends on its type. */
export type Node = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The variables of a template. */
export interface Scope {
  /** Makes a value of a plain one, which is a variable from then on. */
  set(name: string, value: unknown): Value;
  setVariable(name: string, value: Value): Value;
}

type InterpreterClass = new (
  scope: Scope,
) => {
  /** The value of a node; undefined stands for one that is not there. */
  evaluate(node: Node | undefined, scope: Scope): Value;
  run(program: Node): Value;
};

export const Environment: new () => Scope = jinja.Environment as never;
export const Interpreter: InterpreterClass = jinja.Interpreter as never;
export const Template: new (source: string) => { readonly parsed: Node } = jinja.Template as never;
