import { oneOf, type Values } from '../kernel/variables.ts';

/** The variables of the graph. */
export const graphqlVariables = {
  INTROSPECTION: oneOf('on', 'off', 'role').optional(),
};

export type Introspection = 'on' | 'off' | 'role';

export function introspectionSetting(values: Values<typeof graphqlVariables>, isProduction: boolean): Introspection {
  return values.INTROSPECTION ?? (isProduction ? 'off' : 'on');
}
