import type { PlannerKind } from '../../../../src/gateway/planning/planner.ts';

/** A difference between a planner's response and a single server's that cannot be corrected here. */
export interface Deviation {
  readonly planner: PlannerKind;
  readonly family: string;
  readonly queries: readonly string[];
  /** `null` without an error, `error` and null, or another `value`. Data that was not requested is never accepted. */
  readonly answers: 'null' | 'error' | 'value';
  readonly why: string;
}

/** Each entry is checked: one that does not occur any more fails the suite and must be removed. */
export const deviations: readonly Deviation[] = [
  {
    planner: 'native',
    family: 'an interface that another subgraph knows as nothing but its key',
    queries: ['{ album { tunes { ... on March { beat } } } }'],
    answers: 'error',
    why:
      'It finds no way from an @interfaceObject that has nothing but a resolvable key to the fields of one type, and ' +
      'plans nothing. With `resolvable: false` on such a key, which says what is meant, it does.',
  },
  {
    planner: 'javascript',
    family: '@requires in a circle',
    queries: [
      '{ poems { byNovice } }',
      '{ poems { byExpert } }',
      '{ poems { byline } }',
      '{ poems { id byline byNovice byExpert poet { name years } } }',
      '{ poems { poet { id } byExpert } }',
    ],
    answers: 'error',
    why: 'It does not fetch what lies in another entity for a field that is computed from it.',
  },
  {
    planner: 'javascript',
    family: '@requires of lists of other entities',
    queries: ['{ trips { total } }', '{ trips { first stops { km } total } }'],
    answers: 'error',
    why: 'The same, in lists.',
  },
  {
    planner: 'javascript',
    family: '@requires over an interface, and with fragments',
    queries: [
      '{ tenants { tag } }',
      '{ tenants { level } }',
      '{ tenants { tag level where { id ... on Flat { floor } ... on House { city } } } }',
      '{ tenants { where { __typename } level } }',
    ],
    answers: 'null',
    why: 'It leaves out what is required in fragments, and does not ask for what is computed from it.',
  },
  {
    planner: 'javascript',
    family: '@requires: one field from two, and chains of them',
    queries: ['query ($on: Boolean!) { parcels { weight @skip(if: $on) fee } }'],
    answers: 'error',
    why: 'What the client leaves out by a variable it leaves out for itself too.',
  },
  {
    planner: 'javascript',
    family: 'a value whose other fields are behind its parent',
    queries: ['{ wares { name group { name details } } }'],
    answers: 'null',
    why: 'Of a value with a key in one subgraph and none in another it follows only one way.',
  },
  {
    planner: 'javascript',
    family: '@override under an interface',
    queries: ['{ wall { made ... on Memo { text } } }'],
    answers: 'value',
    why: 'Under an interface it asks the subgraph whose field was overridden.',
  },
  {
    planner: 'javascript',
    family: 'fields of an interface that lie in different subgraphs for each type',
    queries: ['{ shapes { name area } }', '{ drawing { main { area } layers { id area } } }'],
    answers: 'error',
    why: 'It knows no way to a field of an interface that one of its types has in another subgraph.',
  },
  {
    planner: 'javascript',
    family: 'enums and inputs that are not the same everywhere',
    queries: ['{ guestsA { id kind } }', '{ guestsB { kind } }'],
    answers: 'null',
    why: 'A value of an enum that clients do not know becomes null before we see it.',
  },
];

/** The deviations with failing subgraphs, by the fault's name in `failures.test.ts`. */
export const faults: readonly (Omit<Deviation, 'family' | 'queries'> & { readonly names: readonly string[] })[] = [
  {
    planner: 'javascript',
    names: ['errors in entities', 'a broken connection'],
    answers: 'error',
    why: 'An error of an entity in a list has the path of the list.',
  },
];
