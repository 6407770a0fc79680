import { randomBytes } from 'node:crypto';
import { CreateUserDocument } from '../../schema/documents.ts';
import type { Instance } from './instance.ts';

/** Where there is an admin to ask. */
export type Administered = Pick<Instance, 'client' | 'admin'>;

export interface Person {
  readonly username: string;
  readonly password: string;
}

/** An access token of the admin: a new one each time, for tests that move the clock. */
export async function adminToken({ client, admin }: Administered): Promise<string> {
  return (await client.login(admin.username, admin.password)).accessToken;
}

/** An account that no other test has, made by the admin. */
export async function createUser(
  instance: Administered,
  fields: { role?: string; fullName?: string } = {},
): Promise<Person> {
  const username = `kandi.${randomBytes(5).toString('hex')}`;
  const password = `the password of ${username}`;
  const { errors } = await instance.client.send(
    CreateUserDocument,
    { input: { username, password, email: `${username}@example.com`, ...fields } },
    { token: await adminToken(instance) },
  );
  if (errors) throw new Error(`createUser: ${JSON.stringify(errors)}`);
  return { username, password };
}
