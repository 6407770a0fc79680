import { useQuery } from 'urql';
import { supportsPasskeys } from '../../session/passkey.ts';
import { Loaded } from '../../ui/loaded.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/states.tsx';
import { SecurityDocument } from './documents.ts';
import { PasskeysCard } from './passkeys_card.tsx';
import { PasswordCard } from './password_card.tsx';
import { SecondFactorsCard } from './second_factors_card.tsx';

/** The ways in which a user signs in. */
export function SecurityPage() {
  const query = useQuery({ query: SecurityDocument });
  return (
    <Page title="Security" lead="How you sign in, and what protects your account.">
      <Loaded query={query} skeleton={<Skeleton lines={8} height="4rem" />}>
        {({ gatehouse, me: { factors } }) =>
          factors && (
            <>
              <PasswordCard factors={factors} />
              <SecondFactorsCard factors={factors} />
              {(factors.passkeys.length > 0 || (gatehouse.passkeys && supportsPasskeys())) && (
                <PasskeysCard passkeys={factors.passkeys} />
              )}
            </>
          )
        }
      </Loaded>
    </Page>
  );
}
