import { type DocumentNode, Kind, type ValueNode, visit } from 'graphql';

/**
 * Throws a plain Error where a schema asks for one of no lists, which composition would leave out, so that what nobody
 * should have would be everybody's; or for nothing at all in one of them, which any caller would meet.
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
