// The table: a platform a line.

/** Enough of a hash to tell it from another. */
const SHORT = 8;

/**
 * @param outcomes what came of each platform
 * @param golden the hashes as they must be, by name
 */
export function table(outcomes, golden) {
  const names = Object.keys(golden);
  const head = ["runtime", "version", "engine", "workers", ...names, "seconds"];
  const rows = outcomes.map(({ name, skipped, error, result, seconds }) => {
    if (skipped) return [name, `skipped: ${skipped}`];
    if (!result) return [name, `FAILED: ${firstLine(error)}`];
    const { version, engine, workers, hashes } = result;
    const cells = names.map((key) => {
      const short = (hashes[key] ?? "missing").slice(0, SHORT);
      return hashes[key] === golden[key] ? short : `${short} !`;
    });
    return [name, version, engine, String(workers), ...cells, seconds.toFixed(1)];
  });
  const whole = [head, ...rows].filter((row) => row.length === head.length);
  const widths = head.map((_, i) => Math.max(...whole.map((row) => row[i].length)));
  widths[0] = Math.max(...[head, ...rows].map(([name]) => name.length));
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function firstLine(error) {
  return error.message.split("\n")[0];
}
