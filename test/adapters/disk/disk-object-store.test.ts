import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createDiskObjectStore } from '../../../adapters/disk/disk-store';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'objects-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the object store on disk', () => {
  test('returns stored text, bytes and streams unchanged', async () => {
    const store = createDiskObjectStore(folder);

    await store.put('runs/a/plan.json', '{}');
    await store.put('runs/a/bytes', Buffer.from([0, 255]));
    await store.put('sources/b', Readable.from([Buffer.from('one'), Buffer.from('two')]));

    expect((await store.get('runs/a/plan.json'))?.toString()).toBe('{}');
    expect(await store.get('runs/a/bytes')).toEqual(Buffer.from([0, 255]));
    expect((await store.get('sources/b'))?.toString()).toBe('onetwo');
    expect(store.location('sources/b')).toBe(`${folder}/sources/b`);
    expect(store.location('sources/')).toBe(`${folder}/sources/`);
  });

  test('returns undefined for a missing object', async () => {
    const store = createDiskObjectStore(join(folder, 'new'));

    expect(await store.get('nothing')).toBeUndefined();
    expect(await store.exists('nothing')).toBe(false);
  });

  test('keeps the old object intact if a new write fails halfway', async () => {
    const store = createDiskObjectStore(folder);
    await store.put('a', 'first');
    const broken = new Readable({
      read() {
        this.push('half');
        this.destroy(new Error('connection lost'));
      },
    });

    await expect(store.put('a', broken)).rejects.toThrow('connection lost');

    expect((await store.get('a'))?.toString()).toBe('first');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  test.each(['../outside', 'a/../../outside', ''])('refuses a key that leaves the folder: %p', async (key) => {
    await expect(async () => createDiskObjectStore(folder).put(key, 'x')).rejects.toThrow('leaves the store');
  });
});
