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

/** The directives on the schema itself, in a document. */
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

/** The features beside the protecting ones that are carried out here, by the versions that are known. */
const CARRIED_OUT: Readonly<Record<string, RegExp>> = { link: /^1\./, join: /^0\./, federation: /^2\./ };

/**
 * Returns the address of a feature that a schema needs, for security or for its execution, and that is not known here. The
 * link specification has the whole refused then (https://specs.apollo.dev/link/v1.0/#Purpose): without the feature, fields
 * would be answered unprotected, or wrong. Null where there is none.
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
 * Returns the links among the directives of a schema. They are known by their arguments, because a schema may call `@link`
 * itself otherwise; `@core` (https://specs.apollo.dev/core/), which came before, calls the address `feature`.
 */
function linksIn(directives: readonly ConstDirectiveNode[]): Link[] {
  return directives.map(argumentsOf).flatMap((given) => {
    const url = given['url'] ?? given['feature'];
    return typeof url === 'string' ? [{ url, as: given['as'], for: given['for'], import: given['import'] }] : [];
  });
}

/**
 * What the protecting directives are called in a supergraph.
 * Throws a plain Error where it needs a feature that is not known here.
 */
export function securityNames(schema: GraphQLSchema): SecurityNames {
  const unknown = unknownFeature(directivesOf(schema));
  if (unknown !== null) throw new Error(`The supergraph requires ${unknown}, which is not supported`);
  return namesBy(directivesOf(schema));
}

/**
 * What links make of the names of the protecting directives: their own names count whatever links say, and so does
 * every other under which one is imported, whoever is said to define it. A name too many protects too much; one too few
 * would protect nothing.
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

/** The other names that one link gives a directive (https://specs.apollo.dev/link/v1.0/#@link). */
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
