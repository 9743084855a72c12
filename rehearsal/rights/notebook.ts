/** What taking rights away has found so far: a file with one JSON a line, so that a part that ends early loses nothing. */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';

/** What came of taking one action away from one role. */
export interface Taken {
  readonly role: string;
  readonly action: string;
  /**
   * `fails`: the probe failed by the refusal. `goes on`: nothing failed. `unused`: no probe asks for it. `unclear`: the probe failed, and the
   * right was not refused.
   */
  readonly outcome: 'fails' | 'goes on' | 'unused' | 'unclear';
  /** The probe that was played, with its failure if that is unclear; undefined if none uses the right. */
  readonly probe?: string;
}

/** A probe that was played with every right, and the rights that it used, as `ReleaseRole s3:getobject`. */
export interface Seen {
  readonly probe: string;
  readonly seconds: number;
  readonly rights: readonly string[];
}

export interface Notebook {
  readonly seen: readonly Seen[];
  readonly taken: readonly Taken[];
  addSeen(seen: Seen): void;
  addTaken(taken: Taken): void;
}

/** Opens the file. It begins empty unless `resume` is true; what was unclear is to be tried again. */
export function openNotebook(file: string, resume: boolean): Notebook {
  if (!resume) rmSync(file, { force: true });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
  const entries = lines.map((line) => JSON.parse(line) as Seen | Taken);
  const seen = entries.filter((entry): entry is Seen => 'rights' in entry);
  const taken = entries.filter((entry): entry is Taken => 'role' in entry && entry.outcome !== 'unclear');
  const add = <Entry>(list: Entry[], entry: Entry) => {
    list.push(entry);
    appendFileSync(file, `${JSON.stringify(entry)}\n`);
  };
  return {
    seen,
    taken,
    addSeen: (entry) => add(seen, entry),
    addTaken: (entry) => add(taken, entry),
  };
}
