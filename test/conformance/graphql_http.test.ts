import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Audit, serverAudits } from 'graphql-http';
import { type Instance, startInstance } from '../support/instance.ts';
import { describeOnRoutes } from '../support/both_routes.ts';

const REFUSED_IS_400 = 'CONTRACT, Errors: what cannot be parsed or validated is 400 under every media type';
const NO_PREFLIGHT = 'CSRF prevention: what a browser sends without a preflight is refused';

/** The audits that are not met, and why. One that is met after all fails its test: take it out then. */
const DEVIATIONS: Readonly<Record<string, string>> = {
  '5A70': NO_PREFLIGHT,
  D6D5: NO_PREFLIGHT,
  '6A70': NO_PREFLIGHT,
  '572B': REFUSED_IS_400,
  FDE2: REFUSED_IS_400,
  '7B9B': `${REFUSED_IS_400}; variables are input like the document`,
};

let gatehouse: Instance;
beforeAll(async () => {
  gatehouse = await startInstance();
});
afterAll(() => gatehouse.close());

const place = { get: () => gatehouse, set: (instance: Instance) => (gatehouse = instance) };

describeOnRoutes('GraphQL over HTTP, as graphql-http audits it', place, () => {
  const url = () => `${gatehouse.url}/graphql`;
  const audits = serverAudits({ url });

  async function run({ fn }: Audit): Promise<string> {
    const result = await fn();
    return result.status === 'ok'
      ? 'met'
      : `${result.reason}: ${result.response.status} ${await result.response.text()}`;
  }

  it.each(audits.filter(({ id }) => !(id in DEVIATIONS)))('$id $name', async (audit) => {
    expect(await run(audit)).toBe('met');
  });

  // By the table, not by the audits: a deviation from an audit that is no more fails too.
  it.each(Object.entries(DEVIATIONS))('%s deviates: %s', async (id) => {
    const audit = audits.find((one) => one.id === id)!;
    expect(await run(audit)).toMatch(/^Response status code is not 200: 400 /);
    expect(audit.name).toMatch(/^(MAY|SHOULD) /);
  });

  const preflighted = serverAudits({
    url,
    fetchFn: (input: string, init?: RequestInit) =>
      fetch(input, { ...init, headers: { ...init?.headers, 'apollo-require-preflight': 'true' } }),
  });
  const blocked = preflighted.filter(({ id }) => DEVIATIONS[id] === NO_PREFLIGHT);
  it.each(blocked)('$id is met by a request that takes a preflight', async (audit) => {
    expect(await run(audit)).toBe('met');
  });
});
