import './keys.css';
import { KeySquare, RefreshCw } from 'lucide-react';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Page } from '../../ui/page.tsx';
import { EmptyState, Skeleton } from '../../ui/states.tsx';
import { Row, Table } from '../../ui/table.tsx';
import { type KeyFragment, SigningKeysDocument } from './documents.ts';
import { RetireKey } from './retire_key.tsx';
import { RotateKeys } from './rotate_keys.tsx';
import { STATES } from './states.ts';

/** The signing keys and their states. */
export function KeysPage() {
  const query = useQuery({ query: SigningKeysDocument });
  const [isRotating, setRotating] = useState(false);
  const [retired, setRetired] = useState<KeyFragment>();
  const [{ data }] = query;
  const rotate = data?.signingKeys.length ? (
    <Button icon={<RefreshCw aria-hidden />} onPress={() => setRotating(true)}>
      Rotate keys
    </Button>
  ) : undefined;
  return (
    <Page
      title="Signing keys"
      lead="The key pairs that sign access tokens. Services verify tokens with the published keys."
    >
      <Card title="Keys" actions={rotate} isFlush>
        <KeepFocus label="Keys">
          <Loaded query={query} skeleton={<KeysSkeleton />}>
            {({ signingKeys }) =>
              signingKeys.length > 0 ? <Keys keys={signingKeys} onRetire={setRetired} /> : <NoKeys />
            }
          </Loaded>
        </KeepFocus>
      </Card>
      <RotateKeys isOpen={isRotating} onClose={() => setRotating(false)} />
      <RetireKey signingKey={retired} onClose={() => setRetired(undefined)} />
    </Page>
  );
}

const KeysSkeleton = () => (
  <div className="keys-skeleton">
    <Skeleton lines={3} height="3.5rem" />
  </div>
);

function NoKeys() {
  return (
    <EmptyState title="No key pairs" icon={<KeySquare aria-hidden />}>
      <p className="muted">
        With <code>ALGORITHM=HS256</code> the secret itself signs and no key is published. To rotate it, replace{' '}
        <code>JWT_SECRET_KEY</code> and set the old value as <code>JWT_SECRET_KEY_PREVIOUS</code> for a while.{' '}
        <code>ES256</code>, <code>EdDSA</code> and <code>RS256</code> use key pairs, which are rotated on this page.
      </p>
    </EmptyState>
  );
}

interface KeysProps {
  readonly keys: readonly KeyFragment[];
  readonly onRetire: (key: KeyFragment) => void;
}

function Keys({ keys, onRetire }: KeysProps) {
  return (
    <Table label="Signing keys" columns={['Key', 'State', 'Since', 'Meaning', { hidden: 'Actions' }]}>
      {keys.map((key) => {
        const { name, tone, about } = STATES[key.state];
        return (
          <Row
            key={key.kid}
            cells={[
              ['Key', <KeyName key="kid" of={key} />],
              [
                'State',
                <Badge key="state" tone={tone}>
                  {name}
                </Badge>,
              ],
              ['Since', <Moment key="since" at={key.since} exact />],
              ['Meaning', about],
              [
                '',
                <Button
                  key="retire"
                  look="danger"
                  aria-label={`Retire the ${name.toLowerCase()} key ${key.kid}`}
                  onPress={() => onRetire(key)}
                >
                  Retire
                </Button>,
              ],
            ]}
          />
        );
      })}
    </Table>
  );
}

function KeyName({ of: { kid, algorithm } }: { readonly of: KeyFragment }) {
  return (
    <span className="key-name">
      <code>{kid}</code>
      <span className="muted small">{algorithm}</span>
    </span>
  );
}
