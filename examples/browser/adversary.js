// What the discriminator of a GAN finds of a drawing: more real than which fraction of the pictures?

/** Pictures of the set that the drawing is compared with. */
const COMPARED = 200;

/** @returns `learn(model, set, made)`, before anything is looked at, and `look(model, drawing)` */
export function adversary(element) {
  let others = [];
  return {
    /** @param set undefined: only with what was made */
    async learn(model, set, made) {
      const of = async (images) => (images ? [...(await model.discriminate(images))] : []);
      others = [await of(set?.first(COMPARED)), await of(made)];
    },
    async look(model, drawing) {
      const [found] = await model.discriminate(drawing);
      for (const [i, meter] of [...element.querySelectorAll("meter")].entries()) {
        const below = others[i].filter((one) => one < found).length;
        const fraction = others[i].length > 0 ? below / others[i].length : 0;
        meter.value = fraction;
        meter.nextElementSibling.textContent = `${Math.round(100 * fraction)} %`;
        meter.parentElement.hidden = others[i].length === 0;
      }
    },
  };
}
