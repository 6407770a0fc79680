import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  Kind,
  valueFromASTUntyped,
} from 'graphql';

/** The directives of federation that protect something. */
const PROTECTING = ['authenticated', 'requiresScopes', 'policy', 'inaccessible'] as const;
export type Protecting = (typeof PROTECTING)[number];

/** The names of each protecting directive in one schema. */
export type SecurityNames = Readonly<Record<Protecting, ReadonlySet<string>>>;

/** Matches the feature and the version of an address such as `https://specs.apollo.dev/authenticated/v0.1`. */
const FEATURE = /\/([A-Za-z][\w-]*)\/v(\d+)\.(\d+)\/?$/;

/** Returns the directives on a definition and its extensions. @param name keeps only the directives of this name */
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

/** Returns the directives on the schema definition and its extensions. */
export function schemaDirectives({ definitions }: DocumentNode): ConstDirectiveNode[] {
  return definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  );
}

export function argumentsOf({ arguments: given = [] }: ConstDirectiveNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}

/** The arguments of a link (https://specs.apollo.dev/link/v1.0/#@link). */
interface Link {
  readonly url: string;
  readonly as: unknown;
  readonly for: unknown;
  readonly import: unknown;
}

/** The supported versions of the features that protect nothing. */
const CARRIED_OUT: Readonly<Record<string, RegExp>> = { link: /^1\./, join: /^0\./, federation: /^2\./ };

/**
 * Returns the address of an unknown feature that a schema needs for security or for its execution, or null. The link
 * specification requires that such a schema is refused (https://specs.apollo.dev/link/v1.0/#Purpose). Without the
 * feature, fields would be unprotected or have wrong values.
 */
export function unknownFeature(directives: readonly ConstDirectiveNode[]): string | null {
  for (const { url, for: purpose } of linksIn(directives)) {
    if (purpose !== undefined && !isKnown(url)) return url;
  }
  return null;
}

function isKnown(url: string): boolean {
  const [, feature = '', major, minor] = FEATURE.exec(url) ?? [];
  if (PROTECTING.some((name) => name === feature)) return major === '0' && Number(minor) >= 1;
  const versions = url.startsWith('https://specs.apollo.dev/') && Object.hasOwn(CARRIED_OUT, feature);
  return versions && CARRIED_OUT[feature]!.test(`${major}.${minor}`);
}

/**
 * Returns the links among the directives of a schema. The arguments identify a link, because a schema may rename
 * `@link`. `@core` (https://specs.apollo.dev/core/), the predecessor of `@link`, calls the address `feature`.
 */
function linksIn(directives: readonly ConstDirectiveNode[]): Link[] {
  return directives.map(argumentsOf).flatMap((given) => {
    const url = given['url'] ?? given['feature'];
    return typeof url === 'string' ? [{ url, as: given['as'], for: given['for'], import: given['import'] }] : [];
  });
}

/**
 * Returns the names of the protecting directives in a supergraph.
 * @throws a plain Error if the supergraph requires an unknown feature
 */
export function securityNames(schema: GraphQLSchema): SecurityNames {
  const unknown = unknownFeature(directivesOf(schema));
  if (unknown !== null) throw new Error(`The supergraph requires ${unknown}, which is not supported`);
  return namesBy(directivesOf(schema));
}

/**
 * Returns the names of the protecting directives by the links of a schema. A directive always keeps its standard name.
 * Each alias of an import is added, whatever feature the link names. A superfluous name protects too much; a missing
 * name would leave fields unprotected.
 */
export function namesBy(directives: readonly ConstDirectiveNode[]): SecurityNames {
  const given = linksIn(directives);
  const namesOf = (directive: Protecting) => new Set([directive, ...given.flatMap((link) => renamed(directive, link))]);
  return {
    authenticated: namesOf('authenticated'),
    requiresScopes: namesOf('requiresScopes'),
    policy: namesOf('policy'),
    inaccessible: namesOf('inaccessible'),
  };
}

/** Returns the names that one link adds for a directive (https://specs.apollo.dev/link/v1.0/#@link). */
function renamed(directive: Protecting, { url, as, import: imports }: Link): string[] {
  const [, feature] = FEATURE.exec(url) ?? [];
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
