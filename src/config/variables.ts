import { z } from 'zod';
import { applicationVariables } from '../application/settings.ts';
import { auditVariables } from '../audit/settings.ts';
import { passwordVariables } from '../credentials/password/settings.ts';
import { passkeyVariables } from '../credentials/webauthn/settings.ts';
import { gatewayVariables } from '../gateway/settings.ts';
import { graphqlVariables } from '../graphql/settings.ts';
import { httpVariables } from '../http/settings.ts';
import { processVariables } from '../kernel/settings.ts';
import { tracingVariables } from '../kernel/tracing_settings.ts';
import { isSecret, type ReadValues, type Values } from '../kernel/variables.ts';
import { keyVariables } from '../keys/settings.ts';
import { limitVariables } from '../limits/settings.ts';
import { mailVariables } from '../mail/settings.ts';
import { sessionVariables } from '../sessions/settings.ts';
import { storeVariables } from '../store/settings.ts';
import { tokenVariables } from '../tokens/settings.ts';

/** All variables of all rooms. */
export const Variables = z.object({
  ...processVariables,
  ...httpVariables,
  ...storeVariables,
  ...keyVariables,
  ...tokenVariables,
  ...sessionVariables,
  ...passwordVariables,
  ...passkeyVariables,
  ...applicationVariables,
  ...limitVariables,
  ...graphqlVariables,
  ...auditVariables,
  ...mailVariables,
  ...gatewayVariables,
  ...tracingVariables,
});

export type Variable = keyof typeof Variables.shape;
export type AllValues = Values<typeof Variables.shape>;
export type AllReadValues = ReadValues<typeof Variables.shape>;

/** The variables that may also come as `NAME_FILE`, and whose values are never shown. */
export const secretVariables: readonly Variable[] = (Object.keys(Variables.shape) as Variable[]).filter((name) =>
  isSecret(Variables.shape[name]),
);
