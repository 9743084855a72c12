/** Reads an upload to a Python index as strictly as indexes do: https://docs.pypi.org/api/upload/ */
import { createHash } from 'node:crypto';

export interface Upload {
  /** The form without its file. */
  readonly fields: Readonly<Record<string, string>>;
  readonly file: string;
  readonly bytes: Buffer;
}

/** Returns the form's fields, or the reason why an index would refuse it. */
export async function readUpload(contentType: string, body: Buffer): Promise<Upload | string> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => undefined);
  if (form === undefined) return `no form can be read from ${contentType}`;
  const content = form.get('content');
  if (content === null || typeof content === 'string') return 'the form has no file named content';
  const names = [...form.keys()];
  if (new Set(names).size !== names.length) return `the form has a field twice: ${names.join(', ')}`;
  const bytes = Buffer.from(await content.arrayBuffer());
  const texts = [...form].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const fields = Object.fromEntries(texts);
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (fields[':action'] !== 'file_upload') return `the action is ${fields[':action']}`;
  if (fields.sha256_digest !== digest) return `the digest is ${fields.sha256_digest}, of the file it is ${digest}`;
  return { fields, file: content.name, bytes };
}
