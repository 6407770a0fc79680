import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { operator } from '../../src/cli/operator.ts';
import { createFirstAdmin } from '../../src/signin/first_admin.ts';
import { createImportAccounts } from '../../src/signin/import_accounts.ts';
import { HASHING, openEmbeddedParts } from '../support/stores.ts';

let parts: Awaited<ReturnType<typeof openEmbeddedParts>>;
beforeAll(async () => {
  parts = await openEmbeddedParts();
});
afterAll(() => parts.close());

it.each([
  ['name', { username: 'taken', email: 'another@example.com' }],
  ['address', { username: 'another', email: 'taken@example.com' }],
])('names the variables and the command where an account has the %s of the first admin', async (_what, config) => {
  const { actor, origin } = operator();
  const passwordHash = '$2y$10$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu';
  const account = { username: 'taken', email: 'taken@example.com', fullName: null, disabled: false, passwordHash };
  await createImportAccounts(parts, HASHING)([{ ...account, role: 'user' }], actor, origin);
  await expect(createFirstAdmin(parts, { ...config, password: undefined })).rejects.toThrow(
    /^ADMIN_USERNAME, ADMIN_EMAIL: .* "npm run cli -- users set-role /,
  );
});
