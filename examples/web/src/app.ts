// What all parts of the page share.
import type { ViewerQuery } from '../generated/graphql.ts';
import { createClient } from './client.ts';
import { byId } from './dom.ts';
import { Session } from './session.ts';

export const server = import.meta.env.SERVER_URL ?? 'http://127.0.0.1:8000';
/** These two change when somebody signs in: do not keep them. */
export let session = new Session(server);
export let client = createClient(server, session);

/** Takes up what signing in, joining or switching the organisation answered. */
export function startSession({ accessToken, expiresAt }: { accessToken: string; expiresAt: string }) {
  session = session.replace();
  session.start(accessToken, expiresAt);
  client = createClient(server, session);
}

/** Does something and shows what comes of it: an error, in words, and whether somebody is signed in. */
export type Attempt = (work: () => Promise<unknown>) => Promise<void>;

/** What a part of the page is drawn with. */
export interface Page {
  viewer: ViewerQuery;
  attempt: Attempt;
  /** Loads the part anew. */
  reload: () => Promise<void>;
}

/** A part of the page. It loads what it shows, beside the viewer, and then can be drawn. */
export type Part = (id: string) => Promise<(page: Page) => Node[]>;

/** Changes something and shows the part of the page anew, and a notice if there is something to say. */
export function change({ attempt, reload }: Page, work: () => Promise<Node[] | void>): Promise<void> {
  const before = session;
  return attempt(async () => {
    const said = await work();
    // Whoever has signed in meanwhile must not see what somebody else has done.
    if (session !== before) return;
    try {
      await reload();
    } finally {
      // The link of an invitation is shown only once, so it is shown even if the page cannot be loaded.
      byId('notice').replaceChildren(...(said ?? []));
    }
  });
}

/** Whether the viewer plans. Others only read, and answer for themselves. */
export const plans = ({ viewer }: Page) => viewer.myRole !== 'TECH';
