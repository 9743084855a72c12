/** Parts of a build's time, out of BuildKit's plain progress. */
import { lacksLayers, lacksMemory, partsText } from '../../../buildspecs/job/progress';

const PROGRESS = `#0 building with "job-x" instance using docker-container driver

#1 [internal] load build definition from Dockerfile
#1 DONE 0.1s

#4 importing cache manifest from host/candidates:auth.cache-release
#5 importing cache manifest from host/candidates:auth.cache-1234
#5 ERROR: failed to configure registry cache importer: not found
#4 inferred cache manifest type: application/vnd.oci.image.manifest.v1+json done
#4 DONE 1.5s

#9 [2/3] RUN make
#9 12.40 #13 exporting to image
#9 12.41 DONE 99.0s
#9 DONE 61.0s

#13 exporting to image
#13 exporting layers 2.0s done
#13 pushing layers 4.1s done
#13 DONE 6.2s

#14 exporting cache to registry
#14 writing layer sha256:aaaa 0.3s done
#14 DONE 3.1s
`;

describe('the parts of a build', () => {
  test('are the import of the cache, and the export of image and cache', () => {
    expect(partsText(PROGRESS)).toBe('cacheImport=1.5 push=6.2');
  });

  test('are the longer of the two while image and cache are pushed side by side', () => {
    const longer = PROGRESS.replace('#14 DONE 3.1s', '#14 DONE 5.0s');
    const alone = '#14 exporting cache to registry\n#14 DONE 3.1s\n';
    const twice = PROGRESS.replace('#13 DONE 6.2s', '#13 DONE 2.1s\n#13 DONE 6.2s');

    expect([longer, alone, twice].map(partsText)).toEqual([
      'cacheImport=1.5 push=7.1',
      'push=3.1',
      'cacheImport=1.5 push=6.2',
    ]);
  });

  test('are not taken from what a command prints', () => {
    expect(partsText('#9 0.1 exporting to image\n#9 0.2 DONE 5.0s\n#9 DONE 7.0s\n')).toBe('');
  });

  test('are the longest of imports that run side by side', () => {
    const two = PROGRESS.replace('#5 ERROR: failed to configure registry cache importer: not found', '#5 DONE 2.5s');

    expect(partsText(two)).toBe('cacheImport=2.5 push=6.2');
  });

  test('are those of all builds of a job, whose steps have numbers of their own', () => {
    const tests = '#0 building with "job-x" instance\n#9 importing cache manifest from x\n#9 DONE 0.5s\n';

    expect(partsText(`${tests}${PROGRESS}`)).toBe('cacheImport=2.0 push=6.2');
  });

  test('are none for a progress of another kind', () => {
    expect([partsText(''), partsText('[+] Building 57.8s (12/12) FINISHED\n => exporting to image 1.7s')]).toEqual([
      '',
      '',
    ]);
  });
});

describe('a build fails for a missing layer', () => {
  test.each([
    'failed to compute cache key: failed to copy: httpReadSeeker: failed open: could not fetch content descriptor sha256:74e9 (application/vnd.oci.image.layer.v1.tar+gzip) from remote: not found',
    'failed to compute cache key: short read: expected 159 bytes but got 0: unexpected EOF',
    'failed to compute cache key: failed to read expected number of bytes: unexpected EOF',
    'failed to compute cache key: blob sha256:043e not found',
    'failed to compute cache key: blob not found',
  ])('%s', (error) => {
    expect(lacksLayers(`#7 DONE 0.1s\nERROR: failed to build: failed to solve: ${error}\n`)).toBe(true);
  });

  test('but not for a file that is missing, for a command, or if another build fails after it', () => {
    const layer = 'ERROR: failed to build: failed to solve: failed to compute cache key: blob not found\n';
    const file =
      'ERROR: failed to build: failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: "/x": not found\n';
    const printed = '#9 0.1 blob not found\nERROR: failed to build: failed to solve: process "make" did not complete\n';
    expect([file, printed, `${layer}${file}`, ''].map(lacksLayers)).toEqual([false, false, false, false]);
  });
});

describe('a build that had too little memory', () => {
  const failed = (how: string) =>
    `#5 12.1 Killed\nERROR: failed to build: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: ${how}\n`;

  test.each([
    ['the signal of the kernel', 'exit code: 137'],
    ['what newer control groups tell', 'cannot allocate memory'],
  ])('is known by %s', (_, how) => {
    expect(lacksMemory(failed(how))).toBe(true);
  });

  test.each([
    ['another exit status', failed('exit code: 1')],
    ['a status that begins the same', failed('exit code: 1370')],
    [
      'a text in the output of a command',
      `#5 1.0 did not complete successfully: exit code: 137\n${failed('exit code: 2')}`,
    ],
    ['no error at all', ''],
  ])('is not known by %s', (_, progress) => {
    expect(lacksMemory(progress)).toBe(false);
  });
});
