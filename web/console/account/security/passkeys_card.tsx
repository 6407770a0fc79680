import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useChange } from '../../session/use_change.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { Moment } from '../../ui/moment.tsx';
import { EmptyState } from '../../ui/states.tsx';
import { Row, Table } from '../../ui/table.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { RemovePasskeyDocument } from './documents.ts';
import type { Passkey } from './factors.ts';
import { AddPasskey, RenamePasskey } from './passkey_dialogs.tsx';

type Asked = { readonly what: 'add' } | { readonly what: 'rename' | 'remove'; readonly passkey: Passkey };

/** The passkeys of the account, each with its actions. */
export function PasskeysCard({ passkeys }: { readonly passkeys: readonly Passkey[] }) {
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  const of = (what: Asked['what']) => (asked && asked.what === what && 'passkey' in asked ? asked.passkey : undefined);
  const add = (
    <Button icon={<Plus aria-hidden />} onPress={() => setAsked({ what: 'add' })}>
      Add passkey
    </Button>
  );
  return (
    <KeepFocus label="Passkeys">
      <Card
        title="Passkeys"
        lead="Sign in with your fingerprint, face or PIN, without a password. They work only on this site, so they cannot be phished."
        actions={add}
        isFlush
      >
        {passkeys.length > 0 ? (
          <Table label="Passkeys" columns={['Name', 'Added', 'Last used', { hidden: 'Actions' }]}>
            {passkeys.map((passkey) => (
              <Row
                key={passkey.id}
                cells={[
                  ['Name', <Name key="name" passkey={passkey} />],
                  ['Added', <Moment key="added" at={passkey.createdAt} />],
                  ['Last used', passkey.lastUsedAt == null ? 'never' : <Moment key="used" at={passkey.lastUsedAt} />],
                  [
                    '',
                    <span key="acts" className="row">
                      <Button
                        aria-label={`Rename ${passkey.name}`}
                        onPress={() => setAsked({ what: 'rename', passkey })}
                      >
                        Rename
                      </Button>
                      <Button
                        aria-label={`Remove ${passkey.name}`}
                        onPress={() => setAsked({ what: 'remove', passkey })}
                      >
                        Remove
                      </Button>
                    </span>,
                  ],
                ]}
              />
            ))}
          </Table>
        ) : (
          <EmptyState title="No passkeys" />
        )}
      </Card>
      <AddPasskey isOpen={asked?.what === 'add'} onClose={close} />
      <RenamePasskey passkey={of('rename')} onClose={close} />
      <RemovePasskey passkey={of('remove')} onClose={close} />
    </KeepFocus>
  );
}

function Name({ passkey: { name, backedUp } }: { readonly passkey: Passkey }) {
  return (
    <span className="row">
      <strong>{name}</strong>
      {backedUp && <Badge tone="success">Backed up</Badge>}
    </span>
  );
}

interface AskedOfOne {
  readonly passkey: Passkey | undefined;
  readonly onClose: () => void;
}

function RemovePasskey({ passkey, onClose }: AskedOfOne) {
  const remove = useChange(RemovePasskeyDocument);
  const toast = useToast();
  return (
    <Confirm
      title="Remove this passkey?"
      action="Remove passkey"
      isOpen={passkey !== undefined}
      onClose={onClose}
      onConfirm={async () => {
        await remove({ id: passkey!.id });
        toast('The passkey was removed.');
      }}
    >
      {passkey &&
        `“${passkey.name}” will not sign you in any more. Your device keeps it until you delete it there too.`}
    </Confirm>
  );
}
