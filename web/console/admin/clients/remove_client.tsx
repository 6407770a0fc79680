import { useMutation } from 'urql';
import { Confirm } from '../../ui/confirm.tsx';
import { useToast } from '../../ui/toasts.tsx';
import type { Client } from './client.ts';
import { RemoveClientDocument } from './documents.ts';

/** Tells urql which lists changed, because the response has no client. */
const OF_CLIENTS = { additionalTypenames: ['Client'] };

interface Props {
  readonly client: Client | undefined;
  readonly onClose: () => void;
}

/** Removes a client after confirmation. */
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
