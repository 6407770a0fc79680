import { useState } from 'react';
import { type Option, Select } from '../../ui/select.tsx';
import { TextField } from '../../ui/text_field.tsx';
import { useRoles } from './roles.ts';

const USUAL_ROLE = 'user';

/** The role of a new account, and the roles to choose from. */
export interface RoleOfNew {
  readonly roles: readonly Option[];
  readonly role: string;
  readonly onRole: (role: string) => void;
}

export function useRoleOfNew(): RoleOfNew {
  const roles = useRoles();
  const [wanted, onRole] = useState(USUAL_ROLE);
  // A server may not have this role.
  const role = roles.some(({ id }) => id === wanted) ? wanted : (roles[0]?.id ?? USUAL_ROLE);
  return { roles, role, onRole };
}

/** The fields of a new account, without its password. */
export function ProfileFields({ roles, role, onRole }: RoleOfNew) {
  return (
    <>
      <TextField
        label="Username"
        name="username"
        hint="3 to 64 letters, digits, “.”, “_” and “-”. It cannot be changed later."
        autoComplete="off"
        isVerbatim
        isRequired
        autoFocus
      />
      <TextField label="E-mail" name="email" type="email" autoComplete="off" isRequired />
      <TextField label="Full name (optional)" name="fullName" autoComplete="off" maxLength={200} />
      <Select label="Role" options={roles} value={role} onChange={onRole} />
    </>
  );
}
