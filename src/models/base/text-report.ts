import type { StepReport, TextStepReport } from "../../train/progress.js";

/** A report of a model of texts: its targets are tokens. */
export function textReport(report: StepReport): TextStepReport {
  return { ...report, tokens: report.targets, tokensPerSecond: report.targetsPerSecond };
}
