/** Reads the account after a scene with AWS's SDK: images, claims, stored objects, runs. */
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { paginateDescribeImages, paginateDescribeRepositories } from '@aws-sdk/client-ecr';
import { GetObjectCommand, NoSuchKey, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { type ExecutionListItem, paginateListExecutions } from '@aws-sdk/client-sfn';
import type { World } from '../world';

/** Digests by `repository:tag`. */
export type Tags = ReadonlyMap<string, string>;

/** A version that a run claimed. */
export interface ClaimItem {
  readonly image: string;
  readonly version: string;
  readonly digest: string;
  readonly run: string;
}

/** Returns the tags of all repositories of the account. */
export async function readTags({ clients: { ecr } }: World): Promise<Tags> {
  const tags = new Map<string, string>();
  for await (const { repositories = [] } of paginateDescribeRepositories({ client: ecr }, {})) {
    for (const { repositoryName = '' } of repositories) {
      for await (const { imageDetails = [] } of paginateDescribeImages({ client: ecr }, { repositoryName })) {
        for (const { imageTags = [], imageDigest = '' } of imageDetails) {
          for (const tag of imageTags) tags.set(`${repositoryName}:${tag}`, imageDigest);
        }
      }
    }
  }
  return tags;
}

/** Returns all claims in the stack's table. */
export async function readClaims(world: World): Promise<readonly ClaimItem[]> {
  const { TableNames = [] } = await world.aws<{ TableNames?: string[] }>('dynamodb', 'list-tables');
  const claims: ClaimItem[] = [];
  for (const TableName of TableNames.filter((name) => name.startsWith(world.stack.name))) {
    for await (const { Items = [] } of paginateScan({ client: world.clients.dynamo }, { TableName })) {
      for (const { image, version, digest, run } of Items) {
        claims.push({ image: image?.S ?? '', version: version?.S ?? '', digest: digest?.S ?? '', run: run?.S ?? '' });
      }
    }
  }
  return claims;
}

/** Returns all keys of the object store. */
export async function readKeys({ clients: { s3 }, stack }: World): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: s3 },
    { Bucket: stack.outputs.StoreBucketName },
  )) {
    for (const { Key = '' } of Contents) keys.push(Key);
  }
  return keys;
}

/** Returns the text of a stored object, or undefined if there is none. */
export async function readObject({ clients: { s3 }, stack }: World, Key: string): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: stack.outputs.StoreBucketName, Key }));
    return await Body?.transformToString();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** Returns all runs of the state machine, the newest first. */
export async function readRuns({ clients: { sfn }, stack }: World): Promise<readonly ExecutionListItem[]> {
  const runs: ExecutionListItem[] = [];
  const input = { stateMachineArn: stack.outputs.StateMachineArn };
  for await (const { executions = [] } of paginateListExecutions({ client: sfn }, input)) runs.push(...executions);
  return runs;
}
