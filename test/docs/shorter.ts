// The one change that snippets undergo before they run: fewer steps. FULL=1 in the environment runs them as
// they are, which takes minutes.

/** Whether snippets train for as long as they say. */
export const full: boolean = process.env.FULL === "1";
/** Steps that a snippet trains for here. */
const STEPS = 20;

/** A program whose calls of `fit` take few steps: in place of those that it says, or of the default. */
export function shorterProgram(code: string): string {
  if (full) return code;
  return code
    .replace(/\bsteps: [\d_]+/g, `steps: ${STEPS}`)
    .replace(/\.fit\((\w+)\)/g, `.fit($1, { steps: ${STEPS} })`)
    .replace(/\.fit\((\w+), \{(?![^}]*\bsteps:) /g, `.fit($1, { steps: ${STEPS}, `);
}

/** A command that trains, or optimises a picture, with few steps. */
export function shorterCommand(command: string): string {
  return !full && /\bsimdream (train|texture|style .*--like)\b/.test(command)
    ? `${command} --steps ${STEPS}`
    : command;
}
