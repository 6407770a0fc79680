import type { ClientsQuery } from './documents.ts';

/** A registered client, as the list shows it. */
export type Client = ClientsQuery['clients'][number];
