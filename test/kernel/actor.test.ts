import { expect, it } from '@jest/globals';
import { type Actor, actorName, clientActor, SYSTEM, userActor } from '../../src/kernel/actor.ts';

it.each<[string, Actor | null, string | null]>([
  ['a user by the username', userActor({ id: 'an id', username: 'kandi' }), 'kandi'],
  ['a client by its id, after a colon', clientActor({ id: 'an-id', scopes: [] }), 'client:an-id'],
  ['an operator by the name at the machine, after a colon', { kind: 'operator', name: 'root' }, 'cli:root'],
  ['the server by no name', SYSTEM, null],
  ['an unknown actor by no name', null, null],
])('names %s', (_what, actor, name) => {
  expect(actorName(actor)).toBe(name);
});

it('gives a user no scopes but those that were shown', () => {
  expect(userActor({ id: 'an id', username: 'kandi' }).scopes).toEqual([]);
});
