// Which parameters a phase trains.

import type { ParameterRange, Parameters } from "../nn/parameters.js";
import type { Phase } from "./trainable.js";

/** The phase of a network that declares none. */
const whole: Phase = { name: "" };

/** A network's phases. @throws Error where two have the same name */
export function phasesOf(network: { readonly phases?: readonly Phase[] }): readonly Phase[] {
  const { phases } = network;
  if (!phases || phases.length === 0) return [whole];
  const names = new Set(phases.map(({ name }) => name));
  if (names.size < phases.length) throw new Error("two phases have the same name");
  return phases;
}

/** Makes the tape give gradients to what the phase trains, and to nothing else. */
export function selectTrained(parameters: Parameters, phase: Phase): void {
  for (const [name, tensor] of parameters.entries()) {
    tensor.requiresGrad = trainedBy(parameters, phase, name);
  }
}

/** The ranges of what a phase trains. */
export function trainedRanges(parameters: Parameters, phase: Phase): ParameterRange[] {
  return parameters.ranges((name) => trainedBy(parameters, phase, name));
}

/** Whether a phase trains the parameter of this name. */
export function trainedBy(parameters: Parameters, { trains }: Phase, name: string): boolean {
  if (parameters.role(name).buffer) return false;
  return !trains || trains.some((prefix) => name.startsWith(prefix));
}
