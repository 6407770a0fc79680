import { type FieldNode, Kind, type SelectionSetNode } from 'graphql';
import { Refusal } from '../../kernel/errors.ts';
import { type Log, logFault } from '../../kernel/log.ts';
import { covers } from '../../application/foundation/scopes.ts';
import { isIncluded } from '../analysis/included.ts';
import type { Guarded, Operation } from '../analysis/operation.ts';
import type { Policy, Subject } from './policies.ts';
import type { Requirement } from '../composition/requirements.ts';

/** A field that the caller may not have and asked for. */
export interface RefusedField extends Guarded {
  /** Response keys from the root on, without places in lists. */
  readonly path: readonly string[];
  /** The directive that said no first. */
  readonly layer: Requirement['layer'];
}

/** What of an operation the caller may not have. */
export interface FieldVerdict {
  /** Every field node, those that `@skip` and `@include` leave out too: nothing of it is planned. */
  readonly nodes: ReadonlySet<FieldNode>;
  /** Those of them that would have been in the answer. */
  readonly fields: readonly RefusedField[];
}

const NOTHING: FieldVerdict = { nodes: new Set(), fields: [] };

/** Whether somebody meets a demand. Rejects with SERVICE_UNAVAILABLE where a policy cannot find out what it needs. */
export type Judge = (requirement: Requirement) => Promise<boolean>;

/**
 * A judge for one request, who answers each demand once.
 * @param subject null for the anonymous, who never may what needs anything
 */
export function createJudge(subject: Subject | null, policies: ReadonlyMap<string, Policy>, log: Log): Judge {
  const answers = new Map<string, Promise<boolean>>();
  const named = new Map<string, Promise<boolean>>();

  function holds(name: string, asker: Subject): Promise<boolean> {
    let answer = named.get(name);
    if (!answer) named.set(name, (answer = ask(name, asker, policies, log)));
    return answer;
  }

  async function isMet({ layer, anyOf }: Requirement): Promise<boolean> {
    if (!subject) return false;
    if (layer === 'authenticated') return true;
    // A list of nothing would be met by whoever comes.
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

/** Decides on an operation before anything is planned. Throws what the judge throws. */
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

async function ask(name: string, subject: Subject, policies: ReadonlyMap<string, Policy>, log: Log): Promise<boolean> {
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

/** Where the answer would have these fields, for those that are not left out by their variables, or what they are in. */
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
      // What is in a field that is taken out is not missed beside it.
      if (wanted.has(selection)) found.set(selection, here);
      else if (selection.selectionSet) walk(selection.selectionSet, here);
    }
  };
  walk(root, []);
  return found;
}
