import type { Tone } from '../../ui/tone.ts';
import type { SigningKeyState } from './documents.ts';

/** The names and descriptions of the key states. */
export const STATES: Readonly<Record<SigningKeyState, { name: string; tone: Tone | undefined; about: string }>> = {
  NEXT: { name: 'Next', tone: 'info', about: 'Published, so that services can load it, but does not sign yet.' },
  CURRENT: { name: 'Current', tone: 'success', about: 'Signs every new access token.' },
  RETIRING: {
    name: 'Retiring',
    tone: undefined,
    about: 'Does not sign any more. Its tokens stay valid until they expire.',
  },
};
