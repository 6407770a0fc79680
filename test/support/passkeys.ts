import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import {
  AddPasskeyDocument,
  LoginWithPasskeyDocument,
  StartPasskeyDocument,
  StartPasskeyLoginDocument,
} from '../../schema/documents.ts';
import type { Authenticator, Forgery } from './authenticator.ts';
import type { AskOptions } from './http_client.ts';
import type { Instance } from './instance.ts';

/** Passkeys of a server, as a page at `localhost` uses them. */
export interface Passkeys {
  /** The origin of the page. */
  readonly origin: string;
  /** Returns the options for a new passkey of the token's account. */
  creationOptions(token: string): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** Enrols a passkey, which no test refuses, and returns its id. */
  enrol(token: string, authenticator: Authenticator, name?: string): Promise<string>;
  /** Sends the response of an authenticator to `addPasskey`. */
  add(token: string, response: object, challenge: string, name?: string): ReturnType<typeof sendAdd>;
  requestOptions(ticket?: string): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** Signs in, as the user of an authenticator does. */
  signIn(authenticator: Authenticator, forgery?: Forgery): ReturnType<typeof sendLogin>;
  /** Signs in, which no test refuses, and returns an access token of two factors. */
  tokenOf(authenticator: Authenticator): Promise<string>;
  /** Sends the response of an authenticator to `loginWithPasskey`. */
  login(response: object, challenge: string, headers?: Record<string, string>): ReturnType<typeof sendLogin>;
}

const sendAdd = (
  { client }: Instance,
  token: string,
  variables: { challenge: string; name: string; response: object },
) => client.send(AddPasskeyDocument, variables, { token });

const sendLogin = (
  { client }: Instance,
  variables: { challenge: string; response: object },
  options: Pick<AskOptions, 'headers'> = {},
) => client.send(LoginWithPasskeyDocument, variables, options);

export function passkeysOf(instance: Instance): Passkeys {
  const { client, url } = instance;
  const origin = url.replace('127.0.0.1', 'localhost');

  const passkeys: Passkeys = {
    origin,

    async creationOptions(token) {
      const { data, errors } = await client.send(StartPasskeyDocument, {}, { token });
      if (!data) throw new Error(`startPasskey: ${JSON.stringify(errors)}`);
      return data.startPasskey.options as PublicKeyCredentialCreationOptionsJSON;
    },

    async enrol(token, authenticator, name = 'Laptop') {
      const options = await passkeys.creationOptions(token);
      const response = await authenticator.create(options, origin);
      const { data, errors } = await passkeys.add(token, response, options.challenge, name);
      if (!data) throw new Error(`addPasskey: ${JSON.stringify(errors)}`);
      return data.addPasskey.id;
    },

    add: (token, response, challenge, name = 'Laptop') => sendAdd(instance, token, { challenge, name, response }),

    async requestOptions(ticket) {
      const { data, errors } = await client.send(StartPasskeyLoginDocument, { ticket: ticket ?? null });
      if (!data) throw new Error(`startPasskeyLogin: ${JSON.stringify(errors)}`);
      return data.startPasskeyLogin.options as PublicKeyCredentialRequestOptionsJSON;
    },

    async signIn(authenticator, forgery) {
      const options = await passkeys.requestOptions();
      return passkeys.login(await authenticator.get(options, origin, forgery), options.challenge);
    },

    async tokenOf(authenticator) {
      const { data, errors } = await passkeys.signIn(authenticator);
      if (!data) throw new Error(`loginWithPasskey: ${JSON.stringify(errors)}`);
      return data.loginWithPasskey.accessToken;
    },

    login: (response, challenge, headers = {}) => sendLogin(instance, { challenge, response }, { headers }),
  };
  return passkeys;
}
