import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildSchema, type GraphQLInputObjectType } from 'graphql';
import { PROFILE_FIELDS } from '../../../src/users/users.ts';
import { adminToken, createUser } from '../../support/accounts.ts';
import { type Instance, startInstance } from '../../support/instance.ts';

const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'));
const fieldsOf = (input: string) => Object.keys((schema.getType(input) as GraphQLInputObjectType).getFields());

/** Two values of each field of an account that a client may set. A new field needs a line here. */
const SAMPLES: Readonly<Record<string, readonly [string, string]>> = {
  username: ['every.field', 'every.field'],
  email: ['every.field@example.com', 'another@example.com'],
  fullName: ['Every Field', 'Another Name'],
  role: ['admin', 'user'],
};
/** Set, and never returned. */
const WRITE_ONLY = ['password'];
/** The spelling of `GET /users/me`. */
const inSnakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const readable = (input: string) => fieldsOf(input).filter((name) => !WRITE_ONLY.includes(name));
const samples = (input: string, which: 0 | 1) =>
  Object.fromEntries(readable(input).map((name) => [name, SAMPLES[name]![which]]));

describe('every field of an account', () => {
  const password = 'the password of every field';
  let gatehouse: Instance;
  let admin: string;
  beforeAll(async () => {
    gatehouse = await startInstance({ env: { REGISTRATION: 'open' } });
    admin = await adminToken(gatehouse);
  });
  afterAll(() => gatehouse.close());

  const mutate = async (mutation: string, variables: Record<string, unknown>, token?: string) => {
    const { data, errors } = await gatehouse.client.ask(mutation, { variables, ...(token ? { token } : {}) });
    expect(errors).toBeUndefined();
    return data as Record<string, unknown>;
  };
  const read = async (username: string, names: readonly string[]) =>
    (
      await mutate(
        `query ($username: String!) { user(username: $username) { ${names.join(' ')} } }`,
        { username },
        admin,
      )
    )['user'];

  it.each(['CreateUserInput', 'RegisterInput', 'UpdateUserInput'])('has a sample: %s', (input) => {
    expect(readable(input).filter((name) => !(name in SAMPLES))).toEqual([]);
  });

  it('is part of the profile, or has a mutation of its own', () => {
    expect([...readable('CreateUserInput')].sort()).toEqual([...PROFILE_FIELDS, 'role'].sort());
    expect([...readable('RegisterInput')].sort()).toEqual([...PROFILE_FIELDS].sort());
    expect([...readable('UpdateUserInput')].sort()).toEqual(
      PROFILE_FIELDS.filter((name) => name !== 'username').sort(),
    );
  });

  it('is stored by createUser', async () => {
    const input = { ...samples('CreateUserInput', 0), password };
    await mutate('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', { input }, admin);
    expect(await read('every.field', readable('CreateUserInput'))).toEqual(samples('CreateUserInput', 0));
  });

  it('is stored by register, and returned to its owner by me and GET /users/me', async () => {
    const input = { ...samples('RegisterInput', 1), username: 'registered', password };
    await mutate('mutation ($input: RegisterInput!) { register(input: $input) { id } }', { input });
    const { password: _, ...expected } = input;
    const token = (await gatehouse.client.login('registered', password)).accessToken;
    const names = readable('RegisterInput');
    expect((await mutate(`{ me { ${names.join(' ')} } }`, {}, token))['me']).toEqual(expected);

    const response = await fetch(`${gatehouse.url}/users/me`, { headers: { authorization: `Bearer ${token}` } });
    const spelt = Object.fromEntries(Object.entries(expected).map(([name, value]) => [inSnakeCase(name), value]));
    expect(await response.json()).toMatchObject(spelt);
  });

  it.each(readable('UpdateUserInput'))('is changed by updateUser: %s', async (name) => {
    const kandi = await createUser(gatehouse);
    const first = SAMPLES[name]![0].replace('every.field', kandi.username);
    const update =
      'mutation ($username: String!, $input: UpdateUserInput!) { updateUser(username: $username, input: $input) { id } }';
    await mutate(update, { username: kandi.username, input: { [name]: first } }, admin);
    expect(await read(kandi.username, [name])).toEqual({ [name]: first });
  });

  it('is changed by updateMe if it gives no access: fullName', async () => {
    expect(readable('UpdateMeInput')).toEqual(['fullName']);
    const kandi = await createUser(gatehouse);
    const token = (await gatehouse.client.login(kandi.username, kandi.password)).accessToken;
    const input = samples('UpdateMeInput', 1);
    await mutate('mutation ($input: UpdateMeInput!) { updateMe(input: $input) { id } }', { input }, token);
    expect((await mutate('{ me { fullName } }', {}, token))['me']).toEqual(input);
  });
});
