/** What builds cost. Prices change: the constants carry their date and source, and an estimate is never more than that. */

/**
 * US dollars for one minute of CodeBuild on demand, Linux, `general1.medium`, the machine that `lib/image-builder.ts` asks for.
 * us-east-1, read in May 2026 from https://aws.amazon.com/codebuild/pricing/; other regions differ by up to a fifth, and the free
 * minutes of `general1.small` do not apply.
 */
export const DOLLARS_PER_BUILD_MINUTE = 0.01;

/** Dollars for so many build minutes, rounded to cents. CodeBuild counts each build's started minutes, and so does the catalog. */
export function buildCost(minutes: number): number {
  return Math.round(minutes * DOLLARS_PER_BUILD_MINUTE * 100) / 100;
}
