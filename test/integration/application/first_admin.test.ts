import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { operator } from '../../../src/cli/operator.ts';
import { createFirstAdmin } from '../../../src/application/accounts/first_admin.ts';
import { createImportAccounts } from '../../../src/application/administration/import_accounts.ts';
import { createUser, eraseUser } from '../../../src/users/users.ts';
import { HASHING, openEmbeddedServices } from '../../support/open_stores.ts';

let services: Awaited<ReturnType<typeof openEmbeddedServices>>;
beforeAll(async () => {
  services = await openEmbeddedServices();
});
afterAll(() => services.close());

it.each([
  ['name', 'ADMIN_USERNAME', { username: 'taken', email: 'another@example.com' }],
  ['address', 'ADMIN_EMAIL', { username: 'another', email: 'Taken@EXAMPLE.com' }],
])('names the variable, the account and the command where an account has its %s', async (_what, variable, config) => {
  const passwordHash = '$2y$10$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu';
  const account = { username: 'taken', email: 'taken@example.com', fullName: null, disabled: false, passwordHash };
  await createImportAccounts(services, HASHING)([{ ...account, role: 'user' }], operator());
  await expect(createFirstAdmin(services, { ...config, password: undefined })).rejects.toThrow(
    new RegExp(`^${variable}: .*the account taken .*"npm run cli -- users set-role taken admin"`),
  );
});

it('offers no command for an account that was deleted', async () => {
  const gone = { username: 'gone', email: 'gone@example.com' };
  await services.database.transaction(async (db) => {
    const user = await createUser(db, { ...gone, fullName: null, role: 'user', passwordHash: 'x' }, new Date());
    eraseUser(user, new Date());
  });
  await expect(createFirstAdmin(services, { ...gone, password: undefined })).rejects.toThrow(
    /^ADMIN_USERNAME: there is no admin, and the account gone was deleted\. Set another name$/,
  );
});
