import { z } from 'zod';
import { normalSubgraphUrl } from './addresses.ts';
import { parsed, parseJson } from './schemas.ts';

/** RFC 9110 section 5.1, as Node spells them: in lower case. */
const forwardable = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'headers must be header names in lower case')
  // What is ours to say, what makes up a message, and what signs somebody in: `forwardToken` is the one way to give it on.
  .refine(
    (name) => !NOT_FORWARDED.has(name) && !name.startsWith('gatehouse-'),
    'headers must not include cookie, authorization, or headers that the gateway sends itself',
  );
const NOT_FORWARDED = new Set(
  (
    'authorization cookie host connection content-length content-type content-encoding transfer-encoding accept ' +
    'accept-encoding expect keep-alive proxy-authorization te trailer upgrade'
  ).split(' '),
);

const within = (least: number, most: number, name: string) =>
  z
    .int(`${name} must be a whole number from ${least} to ${most}`)
    .min(least, `${name} must be at least ${least}`)
    .max(most, `${name} must be at most ${most}`);
const flag = (name: string) => z.boolean(`${name} must be true or false`);

const subgraphSettings = z.strictObject(
  {
    timeoutMs: within(1, 300_000, 'timeoutMs').optional(),
    concurrency: within(1, 10_000, 'concurrency').optional(),
    maxResponseBytes: within(1, 1_073_741_824, 'maxResponseBytes').optional(),
    retries: within(0, 10, 'retries').optional(),
    headers: z.array(forwardable, 'headers must be a list').optional(),
    forwardToken: flag('forwardToken').optional(),
    exposeErrors: flag('exposeErrors').optional(),
  },
  {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? 'has an unknown setting' : 'every subgraph needs an object of settings',
  },
);

export type SubgraphOptions = z.output<typeof subgraphSettings>;

const subgraphName = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/i);
export const subgraphOptions = parsed(parseJson, 'must be JSON, such as {"*":{"timeoutMs":5000}}').pipe(
  z.record(z.union([z.literal('*'), subgraphName]), subgraphSettings, {
    error: ({ code }) =>
      code === 'invalid_key'
        ? 'keys must be subgraph names, or * for all'
        : 'must be a JSON object, such as {"*":{"timeoutMs":5000}}',
  }),
);

export const subgraphs = z.string().transform((entries, { addIssue }) => {
  const named = new Map<string, { name: string; url: string }>();
  entries.split(',').forEach((entry, index) => {
    const [name = '', ...rest] = entry.trim().split('=');
    const url = normalSubgraphUrl(rest.join('='));
    const problem = !subgraphName.safeParse(name).success
      ? 'must begin with a name of letters, digits, "_" and "-"'
      : name.toLowerCase() === 'gatehouse'
        ? 'must not be named gatehouse, the name of this server in the graph'
        : named.has(plain(name))
          ? 'repeats the name of another entry'
          : url === undefined
            ? 'must be name=http://host/path, without user and fragment'
            : undefined;
    if (problem === undefined) named.set(plain(name), { name, url: url! });
    else addIssue({ code: 'custom', message: `entry ${index + 1} ${problem}` });
  });
  return [...named.values()];
});
/** Composition makes one name of what differs only in this. */
const plain = (name: string) => name.toLowerCase().replace(/-/g, '_');
