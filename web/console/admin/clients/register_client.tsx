import { useState } from 'react';
import { useMutation } from 'urql';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/checkbox.tsx';
import { CheckboxGroup } from '../../ui/checkbox_group.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { Secret } from '../../ui/secret.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { CreateClientDocument, type CreateClientMutation } from './documents.ts';
import { GRANTS } from './grants.ts';

type Created = CreateClientMutation['createClient'];

interface Props {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Registers a client, then shows its secret once. */
export function RegisterClient({ isOpen, onClose }: Props) {
  const [created, setCreated] = useState<Created>();
  const close = () => {
    setCreated(undefined);
    onClose();
  };
  return (
    <Dialog
      title={created ? 'The client was registered' : 'Register client'}
      isOpen={isOpen}
      onClose={close}
      isDismissable={false}
      isEscapable={created === undefined}
    >
      {created ? (
        <Credentials created={created} onClose={close} />
      ) : (
        <RegisterForm onCreated={setCreated} onCancel={close} />
      )}
    </Dialog>
  );
}

function Credentials({ created: { client, secret }, onClose }: { readonly created: Created } & Pick<Props, 'onClose'>) {
  return (
    <>
      <div className="stack">
        <h3>Client id</h3>
        <Secret text={client.id} what="client id" />
        {secret != null ? (
          <>
            <h3>Secret</h3>
            <Secret text={secret} what="secret" />
            <p className="muted">Store the secret where only the program can read it. It is not shown again.</p>
          </>
        ) : (
          <p className="muted">A public client has no secret.</p>
        )}
      </div>
      <div className="actions">
        <Button look="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </>
  );
}

interface FormProps {
  readonly onCreated: (created: Created) => void;
  readonly onCancel: () => void;
}

const NAMES = ['name', 'grantTypes', 'redirectUris', 'scopes'];

function RegisterForm({ onCreated, onCancel }: FormProps) {
  const [, create] = useMutation(CreateClientDocument);
  const [isPublic, setPublic] = useState(false);
  const [pkce, setPkce] = useState(true);
  const [grantTypes, setGrantTypes] = useState<readonly string[]>(['authorization_code', 'refresh_token']);
  const hasCodes = grantTypes.includes('authorization_code');
  const submission = useSubmission(async ({ name = '', redirectUris = '', scopes = '' }) => {
    const input = {
      name: name.trim(),
      public: isPublic,
      pkce: isPublic || pkce,
      grantTypes: [...grantTypes],
      redirectUris: wordsOf(redirectUris),
      scopes: wordsOf(scopes),
    };
    const { data, error } = await create({ input });
    if (error) throw error;
    onCreated(data!.createClient);
  });
  return (
    <Form label="Register client" names={NAMES} submission={submission}>
      <TextField
        label="Name"
        name="name"
        hint="Users see it when they are asked to allow access."
        autoComplete="off"
        maxLength={100}
        isRequired
        autoFocus
      />
      <Checkbox
        isSelected={isPublic}
        onChange={setPublic}
        about="A program in a browser, on a phone or on a desktop. It gets no secret."
      >
        Public client
      </Checkbox>
      <CheckboxGroup
        label="Grant types"
        name="grantTypes"
        options={GRANTS}
        value={grantTypes}
        onChange={setGrantTypes}
      />
      {hasCodes && !isPublic && (
        <Checkbox isSelected={pkce} onChange={setPkce} about="Without PKCE, the client must send a state.">
          Require PKCE
        </Checkbox>
      )}
      {hasCodes && (
        <TextField
          label="Redirect URIs"
          name="redirectUris"
          hint="The exact addresses that users return to, one per line."
          autoComplete="off"
          lines={2}
          isVerbatim
        />
      )}
      <TextField
        label="Scopes (optional)"
        name="scopes"
        hint="The scopes that can be granted to the client, separated by spaces."
        autoComplete="off"
        isVerbatim
      />
      <div className="actions">
        <Button onPress={onCancel}>Cancel</Button>
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Register client
        </Button>
      </div>
    </Form>
  );
}

const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean);
