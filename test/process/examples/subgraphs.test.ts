import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../../support/free_port.ts';
import {
  type IdentityKey,
  KANDI,
  type KeyServer,
  makeIdentityKey,
  signIdentity,
  startKeyServer,
} from '../../support/signed_identity.ts';
import { holdBuild } from '../../support/server_process.ts';

const ADMIN = { sub: 'admin', role: 'admin', scope: '*', sid: 'the session of the admin' };

let key: IdentityKey;
let gateway: KeyServer;
const running: ChildProcess[] = [];
const urls: Record<string, string> = {};

async function start(subgraph: string): Promise<void> {
  const port = await freePort();
  const child = spawn(process.execPath, [`examples/${subgraph}/server.ts`], {
    env: { [`${subgraph.toUpperCase()}_PORT`]: `${port}`, GATEWAY_URL: gateway.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  await once(child.stdout, 'data');
  urls[subgraph] = `http://127.0.0.1:${port}/graphql`;
}

beforeAll(async () => {
  await holdBuild();
  key = await makeIdentityKey('one');
  gateway = await startKeyServer(key);
  await Promise.all([start('orders'), start('reviews')]);
}, 180_000);
afterAll(async () => {
  for (const child of running) child.kill();
  await Promise.all(running.map((child) => once(child, 'close')));
  await gateway.close();
});

/** Asks as the gateway does, with a caller's claims, or without a caller for null. */
async function ask(subgraph: string, claims: object | null, query: string, variables: object = {}): Promise<any> {
  const body = JSON.stringify({ query, variables });
  const token = await signIdentity({ key, issuer: gateway.url, subgraph, body, claims: { ...claims } });
  const headers = { 'content-type': 'application/json', 'gatehouse-identity': token };
  return (await fetch(urls[subgraph]!, { method: 'POST', headers, body })).json();
}

const ENTITIES = (fields: string) => `query ($of: [_Any!]!) { _entities(representations: $of) { ${fields} } }`;
const user = (username: string) => ({ of: [{ __typename: 'User', username }] });

describe.each(['orders', 'reviews'])('the example %s', (subgraph) => {
  it('refuses requests that are not from the gateway', async () => {
    const body = JSON.stringify({ query: '{ _service { sdl } }' });
    const answer = await fetch(urls[subgraph]!, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(401);
  });

  it('returns its schema to the gateway, with the directives that the gateway enforces', async () => {
    const { data } = await ask(subgraph, null, '{ _service { sdl } }');
    const directives = subgraph === 'orders' ? ['@authenticated', '@requiresScopes', '@policy'] : ['@policy'];
    for (const directive of directives) expect(data._service.sdl).toContain(`${directive}`);
  });
});

describe('orders', () => {
  it('are visible to their buyers, and all to an admin', async () => {
    const query = '{ orders { id buyer { username } product { name } } }';
    const order = (id: string, username: string, name: string) => ({ id, buyer: { username }, product: { name } });
    const kandis = order('2', 'kandi', 'Iron key');
    expect(await ask('orders', KANDI, query)).toEqual({ data: { orders: [kandis] } });
    expect(await ask('orders', ADMIN, query)).toEqual({
      data: { orders: [order('1', 'admin', 'Gate lantern'), kandis] },
    });
    expect(await ask('orders', null, query)).toEqual({ data: { orders: [] } });
  });

  it('are not visible through another user or by their id', async () => {
    const orders = ENTITIES('... on User { orders { id } }');
    expect((await ask('orders', KANDI, orders, user('kandi'))).data).toEqual({
      _entities: [{ orders: [{ id: '2' }] }],
    });
    expect((await ask('orders', KANDI, orders, user('admin'))).data).toEqual({ _entities: [{ orders: null }] });
    expect((await ask('orders', ADMIN, orders, user('kandi'))).data).toEqual({
      _entities: [{ orders: [{ id: '2' }] }],
    });
    const byId = { of: [{ __typename: 'Order', id: '1' }] };
    expect((await ask('orders', KANDI, ENTITIES('... on Order { id }'), byId)).data).toEqual({ _entities: [null] });
  });

  it('can be placed only for oneself and for existing products', async () => {
    const place =
      'mutation ($sku: ID!, $n: Int!) { placeOrder(sku: $sku, quantity: $n) { margin buyer { username } } }';
    const asha = { ...KANDI, sub: 'asha' };
    expect(await ask('orders', asha, place, { sku: 'rope', n: 2 })).toEqual({
      data: { placeOrder: { margin: 14, buyer: { username: 'asha' } } },
    });
    for (const bad of [
      { sku: 'moon', n: 1 },
      { sku: 'rope', n: 0 },
    ]) {
      const { errors } = await ask('orders', asha, place, bad);
      expect(errors[0].extensions.code).toBe('BAD_USER_INPUT');
    }
    const { errors } = await ask('orders', null, place, { sku: 'rope', n: 1 });
    expect(errors[0].extensions.code).toBe('FORBIDDEN');
  });

  it('refer to products that are public', async () => {
    const { data } = await ask('orders', null, '{ products { sku } }');
    expect(data.products).toContainEqual({ sku: 'lantern' });
  });
});

describe('reviews', () => {
  it('belong to products and to users', async () => {
    const of = [
      { __typename: 'Product', sku: 'key' },
      { __typename: 'User', username: 'kandi' },
    ];
    const fields = '... on Product { reviews { body author { username } } } ... on User { reviews { id } }';
    expect(await ask('reviews', null, ENTITIES(fields), { of })).toEqual({
      data: {
        _entities: [
          { reviews: [{ body: 'Fits the gate. I should know.', author: { username: 'admin' } }] },
          { reviews: [{ id: '1' }] },
        ],
      },
    });
  });

  it('are signed by their authors, and need a text', async () => {
    const add = 'mutation ($body: String!) { addReview(sku: "rope", body: $body) { author { username } } }';
    expect(await ask('reviews', KANDI, add, { body: 'Holds.' })).toEqual({
      data: { addReview: { author: { username: 'kandi' } } },
    });
    expect((await ask('reviews', KANDI, add, { body: ' ' })).errors[0].extensions.code).toBe('BAD_USER_INPUT');
    expect((await ask('reviews', null, add, { body: 'Holds.' })).errors[0].extensions.code).toBe('FORBIDDEN');
  });
});
