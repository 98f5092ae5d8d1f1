// simdream on the command line: the commands, and where all errors end.

import { CommanderError } from "commander";
import { version } from "../index.js";
import { chatCommand } from "./chat.js";
import { demoCommand } from "./demo.js";
import { explain } from "./errors.js";
import { evaluateCommand } from "./evaluate.js";
import { generateCommand } from "./generate.js";
import { inspectCommand } from "./inspect.js";
import { command, examples, optionNames } from "./options.js";
import { quantizeCommand } from "./quantize.js";
import { serveCommand } from "./serve.js";
import { watchPipes } from "./terminal.js";
import { trainCommand } from "./train.js";
import { translateCommand } from "./translate.js";

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
  chatCommand(),
  evaluateCommand(),
  inspectCommand(),
  quantizeCommand(),
  serveCommand(),
  demoCommand(),
];
for (const target of commands) program.addCommand(target);

watchPipes();
try {
  await program.parseAsync();
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  if (process.env.SIMDREAM_DEBUG === "1") console.error(error);
  const { message, code } = explain(error, commands.flatMap(optionNames));
  process.exitCode = code;
  // Without a command, the help has been shown instead.
  if (error instanceof CommanderError && error.code === "commander.help") return;
  process.stderr.write(`simdream: ${message.replace(/^error: /, "")}\n`);
}
