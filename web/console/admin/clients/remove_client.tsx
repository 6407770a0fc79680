import { useMutation } from 'urql';
import { Confirm } from '../../ui/confirm.tsx';
import { useToast } from '../../ui/toasts.tsx';
import type { Client } from './client.ts';
import { RemoveClientDocument } from './documents.ts';

/** The answer names no client by which urql would know that the list is another now. */
const OF_CLIENTS = { additionalTypenames: ['Client'] };

interface Props {
  readonly client: Client | undefined;
  readonly onClose: () => void;
}

/** Asks before a client is removed. */
export function RemoveClient({ client, onClose }: Props) {
  const [, remove] = useMutation(RemoveClientDocument);
  const toast = useToast();
  const confirm = async () => {
    const { error } = await remove({ id: client!.id }, OF_CLIENTS);
    if (error) throw error;
    toast(`${client!.name} was removed.`);
  };
  return (
    <Confirm
      title={`Remove ${client?.name ?? ''}?`}
      action="Remove client"
      isOpen={client !== undefined}
      onClose={onClose}
      onConfirm={confirm}
    >
      Its sessions end and its tokens become invalid at once. Registering it again gives it another id.
    </Confirm>
  );
}
