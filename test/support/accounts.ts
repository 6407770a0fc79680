import { randomBytes } from 'node:crypto';
import { CreateUserDocument } from '../../schema/documents.ts';
import type { Instance } from './instance.ts';

/** An instance with an admin. */
export type Administered = Pick<Instance, 'client' | 'admin'>;

export interface Person {
  readonly username: string;
  readonly password: string;
}

/** Returns a new access token of the admin each time, for tests that move the clock. */
export async function adminToken({ client, admin }: Administered): Promise<string> {
  return (await client.login(admin.username, admin.password)).accessToken;
}

/** Creates an account that no other test uses, as the admin. */
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
