/** The part of a buildspec (version 0.2) that this project's own file uses. */
import { parse } from 'yaml';
import * as z from 'zod';

/** Phases in CodeBuild's order. */
export const PHASES = ['install', 'pre_build', 'build', 'post_build'] as const;
export type PhaseName = (typeof PHASES)[number];

const PhaseSchema = z.strictObject({
  /** The build machine has its languages installed; here they are those of this machine. */
  'runtime-versions': z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  commands: z.array(z.string().min(1)).min(1),
});

const BuildspecSchema = z.strictObject({
  version: z.literal(0.2),
  env: z.strictObject({ shell: z.literal('bash') }),
  phases: z.partialRecord(z.enum(PHASES), PhaseSchema),
});
export type Buildspec = z.infer<typeof BuildspecSchema>;

/** Reads a buildspec. Throws if it has anything that the runner would have to leave out. */
export function parseBuildspec(text: string): Buildspec {
  const result = BuildspecSchema.safeParse(parse(text));
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'buildspec'}: ${issue.message}`);
  throw new Error(`the buildspec cannot be run on this machine: ${problems.join('; ')}`);
}
