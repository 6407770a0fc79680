import type { Tone } from '../../ui/tone.ts';
import type { SupergraphState } from './documents.ts';

/** The names and descriptions of the supergraph's states. */
export const STATES: Readonly<Record<SupergraphState, { name: string; tone: Tone; about: string }>> = {
  OK: { name: 'Active', tone: 'success', about: 'The newest supergraph is served.' },
  STALE: {
    name: 'Stale',
    tone: 'warning',
    about: 'The newest schemas do not compose. The last valid supergraph is still served.',
  },
  UNAVAILABLE: {
    name: 'Unavailable',
    tone: 'danger',
    about: 'No supergraph was ever composed. Only the schema of this server is served.',
  },
};
