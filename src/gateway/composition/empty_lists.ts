import { type DocumentNode, Kind, type ValueNode, visit } from 'graphql';

/**
 * Rejects empty lists in `scopes` and `policies`. Composition would drop an empty outer list, and the field would be
 * public. Any caller would satisfy an empty inner list.
 * @throws a plain Error that names the directive
 */
export function refuseEmptyLists(schema: DocumentNode): void {
  visit(schema, {
    Directive({ name, arguments: given = [] }) {
      const lists = given.filter(({ name: { value } }) => value === 'scopes' || value === 'policies');
      if (lists.some(({ value }) => isEmpty(value) || (value.kind === Kind.LIST && value.values.some(isEmpty))))
        throw new Error(`@${name.value} must not have an empty list`);
    },
  });
}

function isEmpty(value: ValueNode): boolean {
  return value.kind === Kind.LIST && value.values.length === 0;
}
