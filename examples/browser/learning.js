// A run on a page: how far it has come, how long it will take, and now and then what it has learned; or a model that has
// learned before.

import { modelKind } from "simdream";
import { at, duration } from "./page.js";

/** Milliseconds from one look to the next: at first often. */
const OFTEN = 300;
const SELDOM = 2500;
/** It learns for so many times as long as it is looked at. */
const SHARE = 3;

/**
 * Trains to the end, or until the run is stopped.
 * @param training what `fit` gives
 * @param steps of the whole run
 * @param added is told each report, to draw it
 * @param said what the status says of a report
 * @param renew shows what the model knows now
 * @param model of which the fingerprint is shown at the end
 */
export async function learn(training, steps, { added, said, renew }, model) {
  let first;
  let pause = OFTEN;
  let next = 0;
  try {
    for await (const report of training) {
      const { step, elapsed } = report;
      first ??= step;
      added(report);
      at("progress").value = step / steps;
      const left = ((steps - step) * elapsed) / (step - first + 1);
      at("status").textContent =
        `step ${step.toLocaleString("en")} of ${steps.toLocaleString("en")}, ${said(report)}` +
        (step < steps ? `, ${duration(left)} left` : "");
      if (performance.now() < next) continue;
      const begun = performance.now();
      await renew();
      const now = performance.now();
      next = now + Math.max(pause, SHARE * (now - begun));
      pause = Math.min(SELDOM, pause * 1.2);
    }
    at("status").textContent += `, weights ${(await model.fingerprint()).slice(0, 12)}`;
  } finally {
    if (first !== undefined) await renew();
  }
}

/** A model's file, opened in the worker. @throws Error for the file of another class */
export async function openedModel(worker, file, wanted) {
  const bytes = await file.arrayBuffer();
  const kind = modelKind(bytes);
  if (kind && kind !== wanted) throw new Error(`This file holds a ${kind}, not a ${wanted}.`);
  return worker[wanted].load(bytes);
}

/**
 * A diffusion's file, opened in the worker.
 * @param axes of the shape of what it makes
 * @param refusal what is said of one that makes something else
 */
export async function openedDiffusion(worker, file, axes, refusal) {
  const model = await openedModel(worker, file, "Diffusion");
  if (model.config.shape.length !== axes) throw new Error(refusal);
  return model;
}

/** Fields in which classes are asked for, one for each label that a model knows. */
export function wishFields(element, labels, changed) {
  element.replaceChildren(
    ...labels.map(({ name, classes }) => {
      const field = document.createElement("label");
      const select = document.createElement("select");
      select.name = name;
      select.append(new Option("any", ""), ...classes.map((value) => new Option(value, value)));
      select.addEventListener("change", changed);
      field.append(name, select);
      return field;
    }),
  );
  element.hidden = labels.length === 0;
}

/** The classes that are asked for. */
export function wishesIn(element) {
  const chosen = [...element.querySelectorAll("select")].filter(({ value }) => value);
  return Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
}
