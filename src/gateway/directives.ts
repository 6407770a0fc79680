import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  valueFromASTUntyped,
} from 'graphql';

/** What the three authorization directives are called in a supergraph. */
export type SecurityNames = Readonly<Record<(typeof ENFORCED)[number], ReadonlySet<string>>>;

const ENFORCED = ['authenticated', 'requiresScopes', 'policy'] as const;
/** What a supergraph may ask of whoever runs it for security's sake, and we do. */
const KNOWN = new Set<string>([...ENFORCED, 'inaccessible']);
/** `https://specs.apollo.dev/authenticated/v0.1` */
const FEATURE = /\/([A-Za-z][\w-]*)\/v(\d+)\.(\d+)$/;

/** The directives on a definition and its extensions, of one name or all. */
export function directivesOf(
  definition: GraphQLNamedType | GraphQLField<unknown, unknown> | GraphQLSchema | undefined,
  name?: string,
): readonly ConstDirectiveNode[] {
  const nodes = [
    definition?.astNode,
    ...(definition && 'extensionASTNodes' in definition ? definition.extensionASTNodes : []),
  ];
  const directives = nodes.flatMap((node) => node?.directives ?? []);
  return name === undefined ? directives : directives.filter((directive) => directive.name.value === name);
}

export function argumentsOf({ arguments: given = [] }: ConstDirectiveNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}

/**
 * What the authorization directives are called here: their own names, and those that a `@link` gives them.
 * Throws a plain Error where the supergraph asks for a feature for security's sake that nobody here enforces: the link
 * specification has whoever does not know one refuse the whole.
 */
export function securityNames(schema: GraphQLSchema): SecurityNames {
  const names = { authenticated: new Set<string>(), requiresScopes: new Set<string>(), policy: new Set<string>() };
  for (const feature of ENFORCED) names[feature].add(feature);
  for (const { url, as, import: imports, for: purpose } of directivesOf(schema, 'link').map(argumentsOf)) {
    const [, feature = '', major, minor] = FEATURE.exec(String(url)) ?? [];
    const isKnown = KNOWN.has(feature) && major === '0' && Number(minor) >= 1;
    if (purpose === 'SECURITY' && !isKnown)
      throw new Error(`The supergraph needs ${String(url)} enforced, which is not known here`);
    const target = ENFORCED.find((name) => name === feature);
    if (!target) continue;
    if (typeof as === 'string') names[target].add(as);
    for (const one of Array.isArray(imports) ? (imports as unknown[]) : []) {
      const { name, as: alias } = typeof one === 'object' && one !== null ? (one as Record<string, unknown>) : {};
      if (name === `@${target}` && typeof alias === 'string') names[target].add(alias.replace(/^@/, ''));
    }
  }
  return names;
}
