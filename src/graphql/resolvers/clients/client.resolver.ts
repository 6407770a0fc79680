import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql';
import type { Client as RegisteredClient } from '../../../clients/client.entity.ts';
import { isPublic } from '../../../clients/clients.ts';
import type { UseCases } from '../../../application/use_cases.ts';
import type { Context } from '../../server/context.ts';
import { ClientObject, CreateClientInput, CreatedClient } from './client.types.ts';

/** The registered clients, for admins. */
@Resolver()
export class ClientResolver {
  constructor(private readonly use: Pick<UseCases, 'clients'>) {}

  @Query(() => [ClientObject], { description: 'The registered clients, sorted by name.' })
  async clients(): Promise<ClientObject[]> {
    return (await this.use.clients.list()).map(toClient);
  }

  @Mutation(() => CreatedClient, { description: 'Registers a client. Its secret is returned only here.' })
  async createClient(
    @Arg('input', () => CreateClientInput) input: CreateClientInput,
    @Ctx() context: Context,
  ): Promise<CreatedClient> {
    const { redirectUris, grantTypes, scopes, name } = input;
    const wanted = {
      name,
      public: input.public ?? false,
      pkce: input.pkce ?? true,
      redirectUris: redirectUris ?? [],
      grantTypes,
      scopes: scopes ?? [],
    };
    const { client, secret } = await this.use.clients.create(wanted, await context.by());
    return { client: toClient(client), secret };
  }

  @Mutation(() => Boolean, {
    description:
      'Removes a client, ends its sessions and denies its tokens. Returns false when there was no such client.',
  })
  async removeClient(@Arg('id', () => ID) id: string, @Ctx() context: Context): Promise<boolean> {
    return this.use.clients.remove(id, await context.by());
  }
}

function toClient(client: RegisteredClient): ClientObject {
  const { id, name, pkce, redirectUris, grantTypes, scopes, createdAt } = client;
  return { id, name, public: isPublic(client), pkce, redirectUris, grantTypes, scopes, createdAt };
}
