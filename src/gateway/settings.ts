import { z } from 'zod';
import {
  integer,
  oneOf,
  parsed,
  parseJson,
  type ReadValues,
  type ReportFault,
  type Values,
} from '../kernel/variables.ts';

/** A header name (RFC 9110, section 5.1) in lower case, as Node writes it. */
const forwardable = z
  .string()
  .regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'headers must be header names in lower case')
  // Excludes headers that the gateway sets, that frame a message, or that authenticate. Only `forwardToken` forwards
  // credentials.
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

export type ParsedSubgraphOptions = z.output<typeof subgraphSettings>;

const subgraphName = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/i);
const subgraphOptions = parsed(parseJson, 'must be JSON, such as {"*":{"timeoutMs":5000}}').pipe(
  z.record(z.union([z.literal('*'), subgraphName]), subgraphSettings, {
    error: ({ code }) =>
      code === 'invalid_key'
        ? 'keys must be subgraph names, or * for all'
        : 'must be a JSON object, such as {"*":{"timeoutMs":5000}}',
  }),
);

const subgraphs = z.string().transform((entries, { addIssue }) => {
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
/** Composition does not distinguish names by case, or `-` from `_`. */
const plain = (name: string) => name.toLowerCase().replace(/-/g, '_');

/** Normalises an absolute http(s) URL. Keeps the query, which some function hosts need. */
function normalSubgraphUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^\s/?#@\\][^\s#@\\]*$/i.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).href;
}

/** The variables of the gateway. */
export const gatewayVariables = {
  SUBGRAPHS: subgraphs.optional(),
  SUPERGRAPH_FILE: z.string().optional(),
  SUPERGRAPH_POLL_SECONDS: integer(1, 3_600).default(10),
  SUBGRAPH_OPTIONS: subgraphOptions.default({}),
  UNAUTHORIZED: oneOf('filter', 'reject', 'dry-run').default('filter'),
  POLICIES_FILE: z.string().optional(),
};

export interface GatewaySettings {
  /** Subgraphs of other teams to compose; null with a supergraph file. */
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[] | null;
  readonly supergraphFile: string | null;
  readonly pollSeconds: number;
  readonly unauthorized: 'filter' | 'reject' | 'dry-run';
  readonly policiesFile: string | undefined;
  /** By subgraph name; `*` applies to all others. */
  readonly settings: Readonly<Record<string, ParsedSubgraphOptions>>;
}

/** Returns null without subgraphs, because the server is then not a gateway. */
export function gatewaySettings(values: Values<typeof gatewayVariables>): GatewaySettings | null {
  const { SUBGRAPHS: subgraphs = null, SUPERGRAPH_FILE: supergraphFile = null } = values;
  if (!subgraphs && !supergraphFile) return null;
  return {
    subgraphs,
    supergraphFile,
    pollSeconds: values.SUPERGRAPH_POLL_SECONDS,
    unauthorized: values.UNAUTHORIZED,
    policiesFile: values.POLICIES_FILE,
    settings: values.SUBGRAPH_OPTIONS,
  };
}

/** Reports settings that would have no effect: two sources of a supergraph, and options for unknown subgraphs. */
export function refuseUnusedGatewaySettings(values: ReadValues<typeof gatewayVariables>, report: ReportFault): void {
  const { SUBGRAPHS: named, SUPERGRAPH_FILE: file, SUBGRAPH_OPTIONS: options = {} } = values;
  if (named && file) report('SUPERGRAPH_FILE', 'SUBGRAPHS is set too; keep one of the two');
  if (!named) return;
  const names = new Set(['*', ...named.map(({ name }) => name)]);
  const unknown = Object.keys(options).filter((name) => !names.has(name));
  if (unknown.length > 0) {
    report('SUBGRAPH_OPTIONS', `names subgraphs that are not in SUBGRAPHS: ${unknown.join(', ')}`);
  }
}
