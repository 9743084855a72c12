/** Stores the results of removing rights in a file, one JSON a line, so that an interrupted run can be resumed. */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';

/** The result of removing one action from one role. */
export interface Removal {
  readonly role: string;
  readonly action: string;
  /**
   * `fails`: a probe failed because of the refusal. `passes`: no probe failed. `unused`: no probe uses the right. `unclear`: a probe failed
   * without a refusal.
   */
  readonly outcome: 'fails' | 'passes' | 'unused' | 'unclear';
  /** The last probe that was played, with its error if the outcome is unclear; undefined if none uses the right. */
  readonly probe?: string;
}

/** The rights that a probe uses, such as `ReleaseRole s3:getobject`, and its duration. */
export interface ProbeUsage {
  readonly probe: string;
  readonly seconds: number;
  readonly rights: readonly string[];
}

export interface Results {
  readonly usages: readonly ProbeUsage[];
  readonly removals: readonly Removal[];
  addUsage(usage: ProbeUsage): void;
  addRemoval(removal: Removal): void;
}

/** Opens the file. With `resume`, it keeps its results, except for unclear ones; otherwise it starts empty. */
export function openResults(file: string, resume: boolean): Results {
  if (!resume) rmSync(file, { force: true });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const entries = lines.map((line) => JSON.parse(line) as ProbeUsage | Removal);
  const usages = entries.filter((entry): entry is ProbeUsage => 'rights' in entry);
  const removals = entries.filter((entry): entry is Removal => 'role' in entry && entry.outcome !== 'unclear');
  const add = <Entry>(list: Entry[], entry: Entry) => {
    list.push(entry);
    appendFileSync(file, `${JSON.stringify(entry)}\n`);
  };
  return {
    usages,
    removals,
    addUsage: (usage) => add(usages, usage),
    addRemoval: (removal) => add(removals, removal),
  };
}
