// Which parameters a phase trains.

import type { ParameterRange, Parameters } from "../nn/parameters.js";
import type { Phase, Trainable } from "./trainable.js";

/** The phase of a network that declares none. */
const whole: Phase = { name: "" };

/** A network's phases. */
export function phasesOf({ phases = [whole] }: Pick<Trainable, "phases">): readonly Phase[] {
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
