import { expect } from '@jest/globals';
import { FIELD_CODES } from '../../src/kernel/field_faults.ts';
import type { GraphqlError } from './http_client.ts';

/** The codes of the contract that a client can cause, without those of internal faults. */
const CODES = [
  'UNAUTHENTICATED',
  'INACTIVE_USER',
  'FORBIDDEN',
  'RATE_LIMITED',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'ORIGIN_NOT_ALLOWED',
  'PAYLOAD_TOO_LARGE',
  'BAD_USER_INPUT',
  'CONFLICT',
];
const PARTS = ['message', 'locations', 'path', 'extensions'];
const EXTENSIONS = ['code', 'reason', 'retryAfter', 'requestId', 'fields'];
/** Matches internals of the source, the schema or the database, which responses must not disclose. */
const LEAK =
  /Did you mean|node_modules|file:\/\/|\.[cm]?[jt]s\b|^ *at |\b(select|insert|update) .* (from|into|set) |Exception/m;

/** Expects every error to be a row of the closed table, without any other text. */
export function expectClosed(errors: readonly GraphqlError[] | undefined): void {
  for (const error of errors ?? []) {
    expect(CODES).toContain(error.extensions.code);
    expect(PARTS).toEqual(expect.arrayContaining(Object.keys(error)));
    expect(EXTENSIONS).toEqual(expect.arrayContaining(Object.keys(error.extensions)));
    expect(error.message).not.toMatch(LEAK);
    for (const { code } of error.extensions.fields ?? []) expect(FIELD_CODES).toContain(code);
  }
}
