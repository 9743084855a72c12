/** Explains the decision on one service: all reasons, and all files that its build reads. */
import type { Service } from '../catalog/model';
import { InvalidInputError } from '../contract/errors';
import type { Reason, ServiceAction } from '../contract/plan';
import type { InputFile, RecipePart, UnpinnedInput } from '../input-digest/inputs';
import { closest } from '../text/closest';
import { type Comparison, decide } from './compare';

/** The output of `explain --json`. */
export interface Explanation {
  readonly service: string;
  readonly commit: string;
  readonly base: string | null;
  readonly action: ServiceAction;
  readonly inputDigest: string;
  /** Absent if the base has no such service. */
  readonly baseInputDigest?: string;
  /** Empty if a command makes the image. */
  readonly dockerfile: string;
  readonly context: string;
  /** All reasons, without a limit. */
  readonly reasons: readonly Reason[];
  readonly doubts: readonly Reason[];
  /** The files that the build reads, by the instruction or declaration that reads them. */
  readonly rules: readonly {
    readonly rule: string;
    readonly files: readonly Pick<InputFile, 'path' | 'mode' | 'id'>[];
  }[];
  readonly recipe: readonly RecipePart[];
  /** The services whose images it is built from. */
  readonly images: readonly string[];
  readonly bases: readonly string[];
  readonly impurities: readonly UnpinnedInput[];
}

/** Explains one service of a comparison. Throws `InvalidInput` if the catalog does not have it or it cannot be planned. */
export function explainService(comparison: Comparison, name: string): Explanation {
  const { commit, base, before } = comparison;
  const service = findService(comparison, name);
  const now = comparison.inputs.get(name);
  if (now === undefined) throw new InvalidInputError('some services cannot be planned', comparison.problems);
  const { action, reasons } = decide(comparison, service, now);
  return {
    service: name,
    commit,
    base,
    action,
    inputDigest: now.inputDigest,
    baseInputDigest: before.get(name)?.inputDigest,
    dockerfile: service.dockerfile,
    context: service.context,
    reasons,
    doubts: now.doubts,
    rules: byRule(now.files),
    recipe: now.recipe,
    images: now.images,
    bases: now.bases,
    impurities: now.impurities,
  };
}

function findService({ catalog, problems }: Comparison, name: string): Service {
  const service = catalog.services.find((each) => each.name === name);
  if (service !== undefined) return service;
  const names = catalog.services.map((each) => each.name);
  const near = closest(name, names);
  const message = `'${name}' is not a service of the catalog at this commit; ${near === undefined ? `it has ${names.length} others` : `did you mean '${near}'?`}`;
  throw new InvalidInputError('the service cannot be explained', [{ path: 'service', message }, ...problems]);
}

function byRule(files: readonly InputFile[]): Explanation['rules'] {
  const rules = new Map<string, Pick<InputFile, 'path' | 'mode' | 'id'>[]>();
  for (const { rule, path, mode, id } of files) {
    const list = rules.get(rule) ?? [];
    list.push({ path, mode, id });
    rules.set(rule, list);
  }
  return [...rules].map(([rule, list]) => ({ rule, files: list }));
}
