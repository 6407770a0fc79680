import { Button } from '../ui/button.tsx';
import type { FactorKind } from './factor_kinds.ts';

const WORDS: Readonly<Record<FactorKind, string>> = {
  passkey: 'Use a passkey',
  totp: 'Use the authenticator app',
  password: 'Use the password',
  recoveryCode: 'Use a recovery code',
};

interface Props {
  readonly kinds: readonly FactorKind[];
  readonly chosen: FactorKind | undefined;
  readonly onChoose: (kind: FactorKind) => void;
  readonly isDisabled?: boolean;
}

/** The buttons for the other ways to confirm. */
export function OtherWays({ kinds, chosen, onChoose, isDisabled = false }: Props) {
  return kinds
    .filter((kind) => kind !== chosen)
    .map((kind) => (
      <Button key={kind} isDisabled={isDisabled} onPress={() => onChoose(kind)}>
        {WORDS[kind]}
      </Button>
    ));
}
