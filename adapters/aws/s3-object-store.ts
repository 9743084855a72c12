/** The object store in AWS: one private bucket. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ObjectStore } from '../../core/ports/store';

/** Creates access to the objects of a bucket. Streams of unknown length are uploaded in parts. */
export function createS3ObjectStore(client: S3Client, bucket: string): ObjectStore {
  return {
    get: async (key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return Body === undefined ? undefined : Buffer.from(await Body.transformToByteArray());
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    put: async (key, body) => {
      if (typeof body === 'string' || Buffer.isBuffer(body)) {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...contentType(key) }));
      } else {
        await new Upload({ client, params: { Bucket: bucket, Key: key, Body: body } }).done();
      }
    },
    exists: async (key) => {
      try {
        await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return true;
      } catch (error) {
        if (error instanceof NotFound) return false;
        throw error;
      }
    },
    location: (key) => `${bucket}/${key}`,
  };
}

/** A browser shows an object by its type, and downloads one without. */
const TYPES: Readonly<Record<string, string>> = { html: 'text/html', md: 'text/markdown', json: 'application/json' };

function contentType(key: string): { readonly ContentType?: string } {
  const type = TYPES[key.slice(key.lastIndexOf('.') + 1)];
  return type === undefined ? {} : { ContentType: `${type}; charset=utf-8` };
}
