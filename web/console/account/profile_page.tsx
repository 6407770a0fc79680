import { useState } from 'react';
import { useQuery } from 'urql';
import { useChange } from '../session/use_change.ts';
import { RoleBadge } from '../ui/role_badge.tsx';
import { Button } from '../ui/button.tsx';
import { Card } from '../ui/card.tsx';
import { Details } from '../ui/details.tsx';
import { Form, useSubmission } from '../ui/form.tsx';
import { LongName } from '../ui/long_name.tsx';
import { Loaded } from '../ui/loaded.tsx';
import { Moment } from '../ui/moment.tsx';
import { Page } from '../ui/page.tsx';
import { Skeleton } from '../ui/states.tsx';
import { TextField } from '../ui/text_field.tsx';
import { useToast } from '../ui/toasts.tsx';
import { MeDocument, type MeQuery } from '../session/documents.ts';
import { EmailCard } from './email_card.tsx';
import { UpdateMeDocument } from './documents.ts';

type Me = MeQuery['me'];

export function ProfilePage() {
  const query = useQuery({ query: MeDocument });
  const [isEditing, setEditing] = useState(false);
  const edit = (
    <Button isDisabled={!query[0].data} onPress={() => setEditing(true)}>
      Edit
    </Button>
  );
  return (
    <Page title="Profile" lead="Your account details.">
      <Card title="About you" actions={isEditing ? undefined : edit}>
        <Loaded query={query} skeleton={<Skeleton lines={6} />}>
          {({ me }) => (isEditing ? <ProfileForm me={me} onDone={() => setEditing(false)} /> : <Profile me={me} />)}
        </Loaded>
      </Card>
      <EmailCard />
    </Page>
  );
}

function Profile({ me }: { readonly me: Me }) {
  return (
    <Details
      rows={[
        ['Username', me.username],
        ['Full name', me.fullName && <LongName key="full" of={me.fullName} />],
        ['Role', me.role && <RoleBadge role={me.role} />],
        ['Member since', me.createdAt && <Moment at={me.createdAt} exact />],
        ['Last signed in', me.lastLoginAt && <Moment at={me.lastLoginAt} />],
      ]}
    />
  );
}

function ProfileForm({ me, onDone }: { readonly me: Me; readonly onDone: () => void }) {
  const update = useChange(UpdateMeDocument);
  const toast = useToast();
  const submission = useSubmission(async ({ fullName = '' }) => {
    await update({ input: { fullName: fullName.trim() || null } });
    toast('Your profile was saved.');
    onDone();
  });
  return (
    <Form label="Profile" names={['fullName']} submission={submission}>
      <TextField
        label="Full name"
        name="fullName"
        defaultValue={me.fullName ?? ''}
        autoComplete="name"
        maxLength={200}
        autoFocus
      />
      <div className="actions">
        <Button type="submit" look="primary" isPending={submission.isPending}>
          Save
        </Button>
        <Button onPress={onDone}>Cancel</Button>
      </div>
    </Form>
  );
}
