import { useQuery } from 'urql';
import { useChange } from '../session/use_change.ts';
import { MeDocument, type MeQuery } from '../session/documents.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Skeleton } from '../ui/states.tsx';
import { TextField } from '../ui/text_field.tsx';
import { useToast } from '../ui/toasts.tsx';
import { ChangeEmailDocument, RequestEmailVerificationDocument } from './documents.ts';

type Me = MeQuery['me'];

/** Shows the e-mail address, and mails the links that verify or change it. */
export function EmailCard() {
  const query = useQuery({ query: MeDocument });
  return (
    <Card title="E-mail address">
      <Loaded query={query} skeleton={<Skeleton lines={2} />}>
        {({ me }) => <EmailForm key={me.email} me={me} />}
      </Loaded>
    </Card>
  );
}

function EmailForm({ me }: { readonly me: Me }) {
  const changeEmail = useChange(ChangeEmailDocument);
  const requestVerification = useChange(RequestEmailVerificationDocument);
  const toast = useToast();
  const change = useSubmission(async ({ email = '' }, form) => {
    await changeEmail({ email: email.trim() });
    form.reset();
    toast('Open the link in the mail to the new address. The change is in force then.');
  });
  const verify = useSubmission(async () => {
    await requestVerification({});
    toast('A mail with a link is on its way.');
  });
  return (
    <>
      <p>
        {me.email}{' '}
        <Badge tone={me.emailVerified ? 'success' : 'warning'}>
          {me.emailVerified ? 'Confirmed' : 'Not confirmed'}
        </Badge>
      </p>
      {!me.emailVerified && (
        <Form label="Confirm the e-mail address" names={[]} submission={verify}>
          <div className="actions">
            <Button type="submit" isPending={verify.isPending}>
              Send a mail to confirm it
            </Button>
          </div>
        </Form>
      )}
      <Form label="Change the e-mail address" names={['email']} submission={change}>
        <TextField label="New e-mail address" name="email" type="email" autoComplete="email" isRequired />
        <div className="actions">
          <Button type="submit" isPending={change.isPending}>
            Change the address
          </Button>
        </div>
      </Form>
    </>
  );
}
