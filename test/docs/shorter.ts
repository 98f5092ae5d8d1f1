// The one change that snippets undergo before they run: fewer steps.

/** Steps that a snippet trains for here. */
export const STEPS = 20;

/** A program whose calls of `fit` take few steps: in place of those that it says, or of the default. */
export function shorterProgram(code: string): string {
  return code
    .replace(/\bsteps: [\d_]+/g, `steps: ${STEPS}`)
    .replace(/\.fit\((\w+)\)/g, `.fit($1, { steps: ${STEPS} })`)
    .replace(/\.fit\((\w+), \{(?![^}]*\bsteps:) /g, `.fit($1, { steps: ${STEPS}, `);
}

/** A command that trains, with few steps. */
export function shorterCommand(command: string): string {
  return /\bsimdream train\b/.test(command) ? `${command} --steps ${STEPS}` : command;
}
