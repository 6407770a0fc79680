import {
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  valueFromASTUntyped,
} from 'graphql';

/** The directives of federation that protect something. */
const PROTECTING = ['authenticated', 'requiresScopes', 'policy', 'inaccessible'] as const;
export type Protecting = (typeof PROTECTING)[number];

/** What each of them is called in one schema. */
export type SecurityNames = Readonly<Record<Protecting, ReadonlySet<string>>>;

/** `https://specs.apollo.dev/authenticated/v0.1` */
const FEATURE = /\/([A-Za-z][\w-]*)\/v(\d+)\.(\d+)\/?$/;

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
 * What the protecting directives are called in a supergraph.
 * Throws a plain Error where it asks for a feature for security's sake that nobody here enforces: the link specification
 * has whoever does not know one refuse the whole.
 */
export function securityNames(schema: GraphQLSchema): SecurityNames {
  const links = directivesOf(schema, 'link');
  for (const { url, for: purpose } of links.map(argumentsOf)) {
    const [, feature, major, minor] = FEATURE.exec(String(url)) ?? [];
    const isKnown = PROTECTING.some((name) => name === feature) && major === '0' && Number(minor) >= 1;
    if (purpose === 'SECURITY' && !isKnown)
      throw new Error(`The supergraph needs ${String(url)} enforced, which is not known here`);
  }
  return namesBy(links);
}

/**
 * What links make of the names of the protecting directives: their own names count whatever links say, and so does
 * every other under which one is imported, whoever is said to define it. A name too many protects too much; one too few
 * would protect nothing.
 */
export function namesBy(links: readonly ConstDirectiveNode[]): SecurityNames {
  const given = links.map(argumentsOf);
  const namesOf = (directive: Protecting) => new Set([directive, ...given.flatMap((link) => renamed(directive, link))]);
  return {
    authenticated: namesOf('authenticated'),
    requiresScopes: namesOf('requiresScopes'),
    policy: namesOf('policy'),
    inaccessible: namesOf('inaccessible'),
  };
}

/** The other names that one link gives a directive (https://specs.apollo.dev/link/v1.0/#@link). */
function renamed(directive: Protecting, { url, as, import: imports }: ReturnType<typeof argumentsOf>): string[] {
  const [, feature] = FEATURE.exec(String(url)) ?? [];
  const namespace = typeof as === 'string' ? as : feature;
  return [
    ...(namespace !== undefined && feature === directive ? [namespace] : []),
    ...(namespace !== undefined && feature === 'federation' ? [`${namespace}__${directive}`] : []),
    ...(Array.isArray(imports) ? (imports as unknown[]) : []).flatMap((one) => {
      const { name, as: alias } = ((typeof one === 'object' ? one : null) as Record<string, unknown>) ?? {};
      return name === `@${directive}` && typeof alias === 'string' ? [alias.replace(/^@/, '')] : [];
    }),
  ];
}
