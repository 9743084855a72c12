/** Reads a values file and refuses those that must not be edited. */
import { type Document, isMap } from 'yaml';
import { unfitness } from './unfit-text';
import { refuseValues } from './values-refusal';
import { parseYaml } from './yaml-documents';

/** A values file's text, read; every token keeps its place. */
export interface ValuesText {
  readonly file: string;
  readonly text: string;
  readonly documents: readonly Document.Parsed[];
  /** Line, from 1, of an offset in the text. */
  readonly lineAt: (offset: number) => number;
}

/** Reads the text. Throws `ValuesFile` with line and reason if it is no values file that a tag can be written to. */
export function readValues(text: string, file: string): ValuesText {
  const unfit = unfitness(text);
  if (unfit !== undefined) throw refuseValues(file, [{ path: file, ...unfit }]);
  const { documents, faults, lineAt } = parseYaml(text);
  if (faults.length > 0)
    throw refuseValues(
      file,
      faults.map((fault) => ({ path: file, ...fault })),
    );
  if (!documents.some(({ contents }) => isMap(contents))) {
    const message = 'holds no keys; it must be the values file of a chart';
    throw refuseValues(file, [{ path: file, line: 1, message }]);
  }
  const encrypted = documents.map(sopsOffset).find((offset) => offset !== undefined);
  if (encrypted !== undefined) {
    const message = 'is encrypted with SOPS, which signs every value; move the image tags to a file of their own';
    throw refuseValues(file, [{ path: 'sops', line: lineAt(encrypted), message }]);
  }
  return { file, text, documents, lineAt };
}

/** SOPS adds a top-level map `sops` with a signature over all values: https://github.com/getsops/sops#encryption-protocol */
function sopsOffset({ contents }: Document.Parsed): number | undefined {
  if (!isMap(contents)) return undefined;
  const sops = contents.get('sops', true);
  return isMap(sops) && sops.has('mac') ? sops.range?.[0] : undefined;
}
