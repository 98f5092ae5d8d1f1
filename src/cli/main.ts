// simdream on the command line: the commands, and where all errors end.

import { CommanderError } from "commander";
import { version } from "../entries/node.js";
import { auditCommand } from "./commands/audit.js";
import { augmentCommand } from "./commands/augment.js";
import { bisectCommand } from "./commands/bisect.js";
import { chatCommand } from "./commands/chat.js";
import { classifyCommand } from "./commands/classify.js";
import { clusterCommand, workerCommand } from "./commands/cluster.js";
import { compareCommand } from "./commands/compare.js";
import { continueCommand } from "./commands/continue.js";
import { demoCommand } from "./commands/demo.js";
import { evaluateCommand } from "./commands/evaluate.js";
import { explainCommand } from "./commands/explain.js";
import { exportCommand } from "./commands/export.js";
import { fairnessCommand } from "./commands/fairness.js";
import { generateCommand } from "./commands/generate.js";
import { importCommand } from "./commands/import.js";
import { inpaintCommand, varyCommand } from "./commands/inpaint.js";
import { inspectCommand } from "./commands/inspect.js";
import { interpolateCommand } from "./commands/interpolate.js";
import { mergeCommand } from "./commands/merge.js";
import { plotCommand } from "./commands/plot.js";
import { quantizeCommand } from "./commands/quantize.js";
import { denoiseCommand, reconstructCommand } from "./commands/reconstruct.js";
import { reproduceCommand } from "./commands/reproduce.js";
import { searchCommand } from "./commands/search.js";
import { serveCommand } from "./commands/serve.js";
import { styleCommand, textureCommand } from "./commands/style.js";
import { trainCommand } from "./commands/train.js";
import { translateCommand } from "./commands/translate.js";
import { withoutCommand } from "./commands/without.js";
import { explain } from "./errors.js";
import { command, examples, optionNames, withOptionalValues } from "./options/options.js";
import { visible } from "./show/escape.js";
import { warn, watchPipes } from "./show/terminal.js";

const program = command("simdream", "Trains and samples small generative models.")
  .version(version, "-V, --version", "show the version")
  .helpCommand("help [command]", "show the help of a command");
examples(program, [
  "simdream demo",
  "simdream train book.txt --out book.safetensors",
  'simdream generate book.safetensors --prompt "Once upon" --temperature 0.8',
]);
const commands = [
  trainCommand(),
  generateCommand(),
  translateCommand(),
  ...[reconstructCommand(), denoiseCommand(), interpolateCommand()],
  ...[classifyCommand(), searchCommand()],
  continueCommand(),
  ...[inpaintCommand(), varyCommand(), augmentCommand()],
  ...[styleCommand(), textureCommand()],
  chatCommand(),
  evaluateCommand(),
  compareCommand(),
  ...[reproduceCommand(), withoutCommand(), bisectCommand()],
  auditCommand(),
  explainCommand(),
  fairnessCommand(),
  inspectCommand(),
  plotCommand(),
  quantizeCommand(),
  mergeCommand(),
  ...[importCommand(), exportCommand()],
  serveCommand(),
  ...[workerCommand(), clusterCommand()],
  demoCommand(),
];
for (const target of commands) program.addCommand(target);

watchPipes();
try {
  await program.parseAsync(withOptionalValues(process.argv));
} catch (error) {
  fail(error);
}

/** Options of the command that was asked for, as they are typed. */
function typed(): string[] {
  const own = commands.filter((target) => target.name() === process.argv[2]);
  return own
    .flatMap(({ options }) => options.filter(({ hidden }) => !hidden))
    .map(({ long }) => long!);
}

function fail(error: unknown): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  if (process.env.SIMDREAM_DEBUG === "1") console.error(error);
  const { message, code } = explain(error, commands.flatMap(optionNames), typed());
  process.exitCode = code;
  // Without a command, the help has been shown instead.
  if (error instanceof CommanderError && error.code === "commander.help") return;
  // Commander's own messages have lines of their own; in all others a line break came from outside.
  const own = error instanceof CommanderError;
  warn(own ? message.replace(/^error: /, "") : visible(message));
}
