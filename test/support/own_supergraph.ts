import { buildASTSchema, parse } from 'graphql';
import { securityNames } from '../../src/gateway/composition/directives.ts';
import { createOwnCheck } from '../../src/gateway/composition/own_schema.ts';
import { publicSchema } from '../../src/gateway/composition/public_schema.ts';
import { readRequirements } from '../../src/gateway/composition/requirements.ts';

/** A schema like ours, small enough for every fault of a supergraph. */
const OWN = `
  type Query { me: User page: Page }
  type Mutation { login(name: String!, how: How = BODY): Token! }
  interface Named { name: Name }
  type User implements Named @key(fields: "id") @key(fields: "name { first }") {
    id: ID! name: Name email: String nick: String @shareable
  }
  type Name { first: String last: String }
  type Page @shareable { next: Boolean! }
  type Token { access: String! }
  enum How { BODY COOKIE }
  union Thing = Token | Name
  input Wish { size: Int = 1 colour: String }
  type Mark @key(fields: "id") { id: ID! at: Stamp }
  scalar Stamp
`;

/** A supergraph of this schema in which teams use it in every allowed way. */
export const GOOD = `
  schema { query: Query mutation: Mutation }
  enum join__Graph {
    GATEHOUSE @join__graph(name: "gatehouse", url: "")
    TEAM @join__graph(name: "team", url: "http://team")
    OTHER @join__graph(name: "other", url: "http://other")
  }
  type Query @join__type(graph: GATEHOUSE) @join__type(graph: TEAM) {
    me: User @join__field(graph: GATEHOUSE)
    page: Page @join__field(graph: GATEHOUSE)
    theirs: User @join__field(graph: TEAM, provides: "id nick")
    things: [Node] @join__field(graph: TEAM)
  }
  type Mutation @join__type(graph: GATEHOUSE) {
    login(name: String!, how: How = BODY): Token!
  }
  interface Named @join__type(graph: GATEHOUSE) { name: Name }
  interface Node @join__type(graph: OTHER) @join__type(graph: TEAM, isInterfaceObject: true) {
    id: ID!
    likes: Int @join__field(graph: TEAM)
    email: String @join__field(graph: OTHER)
  }
  type User implements Named & Node @join__type(graph: GATEHOUSE, key: "name { first }") @join__type(graph: GATEHOUSE, key: "id")
    @join__type(graph: TEAM, key: "id") @join__type(graph: OTHER, key: "id") {
    id: ID!
    name: Name @join__field(graph: GATEHOUSE) @join__field(graph: OTHER)
    email: String @join__field(graph: GATEHOUSE) @join__field(graph: TEAM, external: true, type: "String")
    nick: String @join__field(graph: TEAM, override: "gatehouse")
    hash: String @join__field(graph: TEAM, requires: "email")
    friend: User @join__field(graph: TEAM)
    likes: Int @join__field(graph: TEAM)
  }
  type Name @join__type(graph: GATEHOUSE) { first: String last: String }
  type Page @join__type(graph: GATEHOUSE) @join__type(graph: TEAM) { next: Boolean! }
  type Token @join__type(graph: GATEHOUSE) { access: String! }
  enum How @join__type(graph: GATEHOUSE) { BODY COOKIE }
  union Thing @join__type(graph: GATEHOUSE) = Token | Name
  input Wish @join__type(graph: GATEHOUSE) { size: Int = 1 colour: String }
  type Mark @join__type(graph: GATEHOUSE, key: "id") @join__type(graph: OTHER, key: "id") {
    id: ID!
    at: Stamp @join__field(graph: GATEHOUSE, type: "Stamp")
  }
  scalar Stamp @join__type(graph: GATEHOUSE) @join__type(graph: TEAM)
  type Robot implements Node @join__type(graph: OTHER, key: "id") { id: ID! likes: Int email: String }
`;

/** Returns the coordinates of our schema that a supergraph takes, each with the fault and the blamed subgraphs. */
export function takenIn(supergraph: string): string[] {
  const whole = buildASTSchema(parse(supergraph), { assumeValidSDL: true });
  const names = securityNames(whole);
  return createOwnCheck(OWN)({
    whole,
    visible: publicSchema(whole, names),
    requirements: readRequirements(whole, names),
  }).map(({ coordinate, what, by }) => `${coordinate} ${what}: ${by.join()}`);
}

/** Returns the good supergraph with edits, each of which must change something. */
export const edited = (...edits: readonly [from: string | RegExp, to: string][]) =>
  edits.reduce((text, [from, to]) => {
    const next = text.replace(from, to);
    if (next === text) throw new Error(`Nothing to edit: ${String(from)}`);
    return next;
  }, GOOD);

export const LOGIN = 'login(name: String!, how: How = BODY): Token!';
export const EMAIL =
  'email: String @join__field(graph: GATEHOUSE) @join__field(graph: TEAM, external: true, type: "String")';
