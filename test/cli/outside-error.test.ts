/** Errors of AWS, the network and the file system: each is told with its cause, a cure, and the right exit code. */
import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { explainError } from '../../cli/outside-error';
import { ERROR_NAMES, InvalidInputError, PipelineError } from '../../core/contract/errors';

function systemError(code: string, facts: object = {}): Error {
  return Object.assign(new Error(`${code}: what the system says`), { code, errno: -1, ...facts });
}

function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('an error from outside of a command', () => {
  test.each<[string, Error, string, boolean]>([
    [
      'a read-only file system',
      systemError('EROFS', { path: '/ro/x' }),
      '/ro/x: it is on a read-only file system',
      true,
    ],
    ['a missing right', systemError('EACCES', { path: '/x' }), '/x: this user may not read or write it', true],
    ['a missing file', systemError('ENOENT', { path: '/x' }), '/x: there is no such file or folder', true],
    ['a full disk', systemError('ENOSPC', { path: '/x' }), '/x: the disk is full; free some space', false],
    ['a name without a host', systemError('ENOTFOUND', { hostname: 'x.example' }), 'x.example: there is no host', true],
    ['input', new InvalidInputError('wrong', [{ path: 'a', message: 'b' }]), 'wrong:\n  a: b', true],
    ['a failed step', new PipelineError(ERROR_NAMES.registry, 'no'), 'no', false],
    [
      'a refusal of AWS',
      Object.assign(new Error('no right'), { $metadata: {} }),
      'no right; npx pipeline doctor',
      false,
    ],
    [
      'expired credentials',
      Object.assign(new Error('old'), { name: 'ExpiredTokenException', $metadata: {} }),
      'aws sso login',
      true,
    ],
  ])('%s', (_, error, message, isRefused) => {
    expect(explainError(error)).toMatchObject({ message: expect.stringContaining(message), isRefused });
  });

  test('names no temporary file', () => {
    const path = '/x/out.html.0e4b1c9e-5f0a-4b7e-9f39-7cbbd1a2f0aa.part';

    expect(explainError(systemError('EROFS', { path }))?.message).toMatch(/^\/x\/out\.html: /);
  });

  test('is recognized if the system, the network or the SDK throws it', async () => {
    const { AWS_REGION: _, ...env } = process.env;
    process.env = {
      ...env,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/x',
      AWS_SHARED_CREDENTIALS_FILE: '/x',
    };
    const refused = new Promise((_fulfil, reject) => connect(1, '127.0.0.1').on('error', reject));

    const [file, network, credentials, region] = await Promise.all([
      thrownBy(readFile('/nowhere/x')),
      thrownBy(refused),
      thrownBy(new S3Client({ region: 'eu-central-1' }).send(new ListBucketsCommand({}))),
      thrownBy(new S3Client({}).send(new ListBucketsCommand({}))),
    ]);

    expect(explainError(file)).toMatchObject({ message: expect.stringContaining('/nowhere/x: there is no such file') });
    expect(explainError(network)).toMatchObject({ message: expect.stringContaining('127.0.0.1:1: nothing answers') });
    expect(explainError(credentials)).toMatchObject({
      message: expect.stringContaining('run aws configure'),
      isRefused: true,
    });
    expect(explainError(region)).toMatchObject({ message: expect.stringContaining('AWS_REGION'), isRefused: true });
    process.env = { ...env };
  });

  test('differs from a bug of the program', () => {
    expect(explainError(new TypeError('x is not a function'))).toBeUndefined();
    expect(explainError('text')).toBeUndefined();
  });
});

describe('the output of the command line', () => {
  test('is written in one file, besides what commander prints', () => {
    const root = join(__dirname, '../../cli');
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const writers = files.filter((file) => /\.write\(|console\./.test(readFileSync(join(root, file), 'utf8')));

    expect(writers.sort()).toEqual(['main.ts', 'output/print.ts']);
  });
});
