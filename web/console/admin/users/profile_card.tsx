import './users.css';
import { useState } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Card } from '../../ui/card.tsx';
import { Details } from '../../ui/details.tsx';
import { Form, useSubmission } from '../../ui/form.tsx';
import { LongName } from '../../ui/long_name.tsx';
import { KeepFocus } from '../../ui/keep_focus.tsx';
import { Moment } from '../../ui/moment.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useToast } from '../../ui/toasts.tsx';
import { UpdateUserDocument } from './documents.ts';
import { RoleBadge } from '../../ui/role_badge.tsx';
import { useChange } from '../../session/use_change.ts';
import type { Account } from './account.ts';

/** The profile of an account, with a form to edit it. */
export function ProfileCard({ user }: { readonly user: Account }) {
  const [isEditing, setEditing] = useState(false);
  const edit = isEditing ? undefined : <Button onPress={() => setEditing(true)}>Edit</Button>;
  return (
    <KeepFocus label={`Profile of ${user.username}`}>
      <Card title="Profile" actions={edit}>
        {isEditing ? <ProfileForm user={user} onDone={() => setEditing(false)} /> : <Profile user={user} />}
      </Card>
    </KeepFocus>
  );
}

function Profile({ user }: { readonly user: Account }) {
  return (
    <Details
      rows={[
        ['Username', user.username],
        ['Full name', user.fullName && <LongName key="full" of={user.fullName} />],
        ['E-mail', user.email],
        ['Role', user.role && <RoleBadge role={user.role} />],
        ['State', <State key="state" user={user} />],
        ['Created', user.createdAt && <Moment at={user.createdAt} exact />],
        ['Last sign-in', user.lastLoginAt ? <Moment at={user.lastLoginAt} /> : 'never'],
      ]}
    />
  );
}

function State({ user: { disabled, lockedUntil } }: { readonly user: Account }) {
  return (
    <span className="user-name-cell">
      {disabled ? <Badge tone="warning">Disabled</Badge> : <Badge tone="success">Active</Badge>}
      {lockedUntil != null && <Badge tone="danger">Locked</Badge>}
    </span>
  );
}

function ProfileForm({ user, onDone }: { readonly user: Account; readonly onDone: () => void }) {
  const update = useChange(UpdateUserDocument);
  const toast = useToast();
  const submission = useSubmission(async ({ fullName = '', email = '' }) => {
    const input = { fullName: fullName.trim() || null, email: email.trim() };
    await update({ username: user.username, input });
    toast(`The profile of ${user.username} was saved.`);
    onDone();
  });
  return (
    <Form label={`Profile of ${user.username}`} names={['fullName', 'email']} submission={submission}>
      <TextField
        label="Full name"
        name="fullName"
        defaultValue={user.fullName ?? ''}
        autoComplete="off"
        maxLength={200}
        autoFocus
      />
      <TextField
        label="E-mail"
        name="email"
        type="email"
        defaultValue={user.email ?? ''}
        autoComplete="off"
        isRequired
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
