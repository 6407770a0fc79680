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

/** Registers a client, then shows its secret for the only time. */
export function RegisterClient({ isOpen, onClose }: Props) {
  const [created, setCreated] = useState<Created>();
  const close = () => {
    setCreated(undefined);
    onClose();
  };
  return (
    <Dialog
      title={created ? 'The client is registered' : 'Register client'}
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
            <p className="muted">Keep the secret where only the program can read it. It is not shown again.</p>
          </>
        ) : (
          <p className="muted">It is a public client: there is no secret.</p>
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
        hint="People read it when they are asked to allow it."
        autoComplete="off"
        maxLength={100}
        isRequired
        autoFocus
      />
      <Checkbox
        isSelected={isPublic}
        onChange={setPublic}
        about="A program in a browser, on a phone or on a desk: it gets none."
      >
        It can keep no secret.
      </Checkbox>
      <CheckboxGroup
        label="How it gets tokens"
        name="grantTypes"
        options={GRANTS}
        value={grantTypes}
        onChange={setGrantTypes}
      />
      {hasCodes && !isPublic && (
        <Checkbox isSelected={pkce} onChange={setPkce} about="Without it, the client has to send a state.">
          It uses PKCE.
        </Checkbox>
      )}
      {hasCodes && (
        <TextField
          label="Redirect addresses"
          name="redirectUris"
          hint="One a line. Where people are sent back to, exactly."
          autoComplete="off"
          lines={2}
          isVerbatim
        />
      )}
      <TextField
        label="Scopes (optional)"
        name="scopes"
        hint="The most it may be granted, with blanks between."
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
