import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import { covers } from '../../application/foundation/scopes.ts';
import { isIncluded } from '../analysis/included.ts';
import type { Guarded, Operation } from '../analysis/operation.ts';
import type { Policy, Subject } from './policies.ts';
import type { Requirement } from '../composition/requirements.ts';

/** A requested field that the caller may not read. */
export interface RefusedField extends Guarded {
  /** Response keys from the root, without list indexes. */
  readonly path: readonly string[];
  /** The first directive that denied the field. */
  readonly layer: Requirement['layer'];
}

/** The parts of an operation that the caller may not read. */
export interface FieldVerdict {
  /** Every denied field node, including those that `@skip` and `@include` exclude. None of them is planned. */
  readonly nodes: ReadonlySet<FieldNode>;
  /** The denied fields that the response would have contained. */
  readonly fields: readonly RefusedField[];
}

const NOTHING: FieldVerdict = { nodes: new Set(), fields: [] };

/** Decides a demand for one caller. Rejects with SERVICE_UNAVAILABLE if a policy depends on an unavailable store. */
export type Judge = (requirement: Requirement) => Promise<boolean>;

/**
 * Creates a judge for one request. It decides each demand once.
 * @param subject null for an anonymous caller, who meets no demand
 */
export function createJudge(subject: Subject | null, policies: ReadonlyMap<string, Policy>, log: Log): Judge {
  const answers = new Map<string, Promise<boolean>>();
  const named = new Map<string, Promise<boolean>>();

  function holds(name: string, subject: Subject): Promise<boolean> {
    let answer = named.get(name);
    if (!answer) named.set(name, (answer = ask(name, subject, { policies, log })));
    return answer;
  }

  async function isMet({ layer, anyOf }: Requirement): Promise<boolean> {
    if (!subject) return false;
    if (layer === 'authenticated') return true;
    // Every caller would satisfy an empty list.
    const lists = anyOf.filter(({ length }) => length > 0);
    if (layer === 'scopes') return lists.some((all) => all.every((scope) => covers(subject.scopes, scope)));
    for (const all of lists) {
      if ((await Promise.all(all.map((name) => holds(name, subject)))).every(Boolean)) return true;
    }
    return false;
  }

  return (requirement) => {
    let answer = answers.get(requirement.key);
    if (!answer) answers.set(requirement.key, (answer = isMet(requirement)));
    return answer;
  };
}

/** Decides which fields of an operation are denied, before anything is planned. Rejects as the judge does. */
export async function authorize(
  operation: Operation,
  variables: Readonly<Record<string, unknown>>,
  judge: Judge,
): Promise<FieldVerdict> {
  const layers = new Map<FieldNode, Requirement['layer']>();
  for (const { node, requirements } of operation.guarded) {
    for (const requirement of requirements) {
      if (!(await judge(requirement)) && !layers.has(node)) layers.set(node, requirement.layer);
    }
  }
  if (layers.size === 0) return NOTHING;
  const asked = pathsOf(operation.definition.selectionSet, new Set(layers.keys()), variables);
  return {
    nodes: new Set(layers.keys()),
    fields: operation.guarded.flatMap((guarded) => {
      const path = asked.get(guarded.node);
      return path ? [{ ...guarded, path, layer: layers.get(guarded.node)! }] : [];
    }),
  };
}

async function ask(
  name: string,
  subject: Subject,
  { policies, log }: { readonly policies: ReadonlyMap<string, Policy>; readonly log: Log },
): Promise<boolean> {
  const policy = policies.get(name);
  if (!policy) {
    log.warn({ policy: name }, 'a subgraph names an unknown policy: access denied');
    return false;
  }
  try {
    return (await policy(subject)) === true;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    logFault(new Refusal('INTERNAL', { cause: error }), log);
    return false;
  }
}

/**
 * Returns the response paths of these fields. Skips fields that their variables exclude, or that are in such a field.
 */
function pathsOf(
  root: SelectionSetNode,
  wanted: ReadonlySet<FieldNode>,
  variables: Readonly<Record<string, unknown>>,
): ReadonlyMap<FieldNode, readonly string[]> {
  const found = new Map<FieldNode, readonly string[]>();
  const walk = ({ selections }: SelectionSetNode, path: readonly string[]) => {
    for (const selection of selections) {
      if (!isIncluded(selection, variables) || selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, path);
        continue;
      }
      const here = [...path, selection.alias?.value ?? selection.name.value];
      // A denied field's own error covers the fields below it.
      if (wanted.has(selection)) found.set(selection, here);
      else if (selection.selectionSet) walk(selection.selectionSet, here);
    }
  };
  walk(root, []);
  return found;
}
