import type { Tone } from '../../ui/tone.ts';
import type { SupergraphState } from './documents.ts';

/** How the composed graph is, in words. */
export const STATES: Readonly<Record<SupergraphState, { name: string; tone: Tone; about: string }>> = {
  OK: { name: 'In force', tone: 'success', about: 'The newest graph of all subgraphs is served.' },
  STALE: {
    name: 'Stale',
    tone: 'warning',
    about: 'The newest schemas do not compose. The last graph that did is still served.',
  },
  UNAVAILABLE: {
    name: 'Unavailable',
    tone: 'danger',
    about: 'There never was a graph of the subgraphs: only this server’s own is served.',
  },
};
