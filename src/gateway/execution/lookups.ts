import type { EntityBatchAlias, FetchRewrite, FlattenNodePathSegment } from '@graphql-hive/router-query-planner';
import type { GraphQLSchema } from 'graphql';
import type { Computed } from './computed.ts';
import { type Entity, Failed, isEntity, read } from './entity.ts';
import type { FetchResult } from './executor.ts';
import { markMissing } from './failed.ts';
import { renamed } from './renamed.ts';
import type { Representations } from './representations.ts';
import type { FetchSelection, Selected } from './selection.ts';

type ResultPath = readonly (string | number)[];

/** An entity with its position in the collected data. */
export interface EntityPlace {
  readonly entity: Entity;
  readonly path: ResultPath;
}

/** One `_entities` field of a fetch. */
export interface Lookup {
  /** The response key. */
  readonly key: string;
  /** Without duplicates. */
  readonly representations: Entity[];
  /** The positions of each representation's entity. */
  readonly places: EntityPlace[][];
  readonly rewrites: readonly FetchRewrite[] | undefined;
}

/** Entities for which some fields are not requested, because the inputs of these fields are missing. */
export interface Remainder extends Lookup {
  readonly variable: string;
  /** The response keys that are not requested. */
  readonly left: ReadonlySet<string>;
}

/** The entities of one `_entities` field. */
export interface FoundEntities {
  readonly lookup: Lookup;
  readonly remainders: readonly Remainder[];
}

/** An `_entities` field in a fetch of a plan. */
export interface AskedEntities {
  /** The collected data. */
  readonly data: Entity;
  readonly subgraph: string;
  readonly alias: EntityBatchAlias;
  /** The representations of its variable, which other fields may share. They are appended here. */
  readonly list: Entity[];
  readonly asks: FetchSelection;
}

export interface Lookups {
  /** Finds the entities of a fetch in the collected data. */
  find(asked: AskedEntities): FoundEntities;
  /** Returns the fields that an `_entities` field requests of an entity. @param key the response key */
  fieldsAt(place: EntityPlace, key: string, asks: FetchSelection): ReadonlyMap<string, Selected>;
  /** Records why the fields of an object have no value. */
  miss(
    entity: Entity,
    fields: ReadonlyMap<string, Selected>,
    reason: { readonly why: unknown; readonly rewrites: readonly FetchRewrite[] | undefined },
  ): void;
}

export interface LookupParts {
  readonly schema: GraphQLSchema;
  readonly computed: Computed;
  readonly representations: Representations;
}

/** An entity without some of the inputs of its requested fields. */
interface IncompleteEntity {
  readonly place: EntityPlace;
  readonly fields: ReadonlyMap<string, Selected>;
  readonly lacking: ReadonlyMap<string, Failed | undefined>;
}

/** Creates the lookups of a plan's entities. */
export function createLookups({ schema, computed, representations }: LookupParts): Lookups {
  const miss: Lookups['miss'] = (entity, fields, { why, rewrites }) => {
    const [error] = (why as FetchResult).errors ?? [];
    const failed = why instanceof Failed ? why : error && new Failed(error);
    if (failed) markMissing(entity, fields, { failed, rename: (key) => String(renamed(key, rewrites)) });
  };

  const fieldsAt: Lookups['fieldsAt'] = ({ entity }, key, { selection, type }) => {
    const of = schema.getType(String(entity['__typename'])) ?? null;
    return selection.of(type).get(key)!.below!.of(of);
  };

  function find({ data, subgraph, alias, list, asks }: AskedEntities): FoundEntities {
    const { alias: key, paths, requires, inputRewrites, outputRewrites: rewrites } = alias;
    const variable = alias.representationsVariableName;
    const lookup: Lookup = { key, representations: list, places: [], rewrites };
    const remainders = new Map<string, Remainder>();
    const numbers = new Map<Lookup, Map<string, number>>();
    const add = (to: Lookup, place: EntityPlace, representation: Entity): void => {
      const known = numbers.get(to) ?? new Map(to.representations.map((one, at) => [JSON.stringify(one), at]));
      numbers.set(to, known);
      const text = JSON.stringify(representation);
      const at = known.get(text) ?? to.representations.push(representation) - 1;
      known.set(text, at);
      (to.places[at] ??= []).push(place);
    };
    for (const place of paths.flatMap((path) => [...placesIn(data, path, [])])) {
      const { value, lacking } = representations.of(place.entity, requires, inputRewrites);
      if (lacking.size === 0) {
        if (value) add(lookup, place, value);
        continue;
      }
      const left = leaveOut({ subgraph, alias }, { place, fields: fieldsAt(place, key, asks), lacking });
      if (!value || !left) continue;
      const name = [...left].join(' ');
      const remainder = remainders.get(name) ?? { ...lookup, representations: [], places: [], variable, left };
      remainders.set(name, remainder);
      add(remainder, place, value);
    }
    return { lookup, remainders: [...remainders.values()] };
  }

  /**
   * Records the reason for fields whose inputs are missing.
   * @returns the response keys of these fields; undefined if no other field is left to request
   */
  function leaveOut(
    { subgraph, alias: { inputRewrites, outputRewrites } }: Pick<AskedEntities, 'subgraph' | 'alias'>,
    { place, fields, lacking }: IncompleteEntity,
  ): ReadonlySet<string> | undefined {
    const type = schema.getType(String(place.entity['__typename']));
    const left = new Map<string, Selected>();
    let isKnown = true;
    for (const [input, failed] of lacking) {
      const name = renamed(input, inputRewrites);
      const inputs =
        type && [...fields].filter(([, one]) => computed.inputsOf(subgraph, type, one.name).has(String(name)));
      // If no field has this input, it is a key, and no field can be requested without it.
      const gone = inputs && inputs.length > 0 ? new Map(inputs) : fields;
      if (gone === fields) isKnown = false;
      for (const [key, one] of gone) left.set(key, one);
      if (failed) miss(place.entity, gone, { why: new Failed(failed.error, true), rewrites: outputRewrites });
    }
    const isLeft = [...fields].some(([key, { name }]) => name !== '__typename' && !left.has(key));
    return isKnown && isLeft ? new Set(left.keys()) : undefined;
  }

  function* placesIn(value: unknown, path: readonly FlattenNodePathSegment[], at: ResultPath): Generator<EntityPlace> {
    const [step, ...rest] = path;
    if (Array.isArray(value)) {
      // A path has one step for a list, even for a list of lists.
      const next = step === '@' ? rest : path;
      for (const [index, one] of value.entries())
        yield* placesIn(one, Array.isArray(one) ? path : next, [...at, index]);
    } else if (!isEntity(value)) {
      return;
    } else if (step === undefined) {
      yield { entity: value, path: at };
    } else if (step === '@') {
      yield* placesIn(value, rest, at);
    } else if ('Field' in step) {
      yield* placesIn(read(value, step.Field), rest, [...at, step.Field]);
    } else if (value['__typename'] === undefined || representations.isOne(value['__typename'], step.TypeCondition)) {
      // Without abstract types a fetch does not request `__typename`.
      yield* placesIn(value, rest, at);
    }
  }

  return { find, fieldsAt, miss };
}
