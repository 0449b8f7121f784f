// What all parts of the page share.
import { createClient } from './client.ts';
import { Session } from './session.ts';

export const server = import.meta.env.SERVER_URL ?? 'http://127.0.0.1:8000';
export const session = new Session(server);
export const client = createClient(server, session);

/** Does something and shows what comes of it: an error, in words, and whether somebody is signed in. */
export type Attempt = (work: () => Promise<unknown>) => Promise<void>;
