import { CombinedError } from '@urql/core';
import type { ErrorCode } from '../generated/graphql.ts';
import { Refused, SessionEnded } from './session.ts';

/** A code that the server gains is missing here, and the compiler says so. */
const WORDS: Record<ErrorCode, string> = {
  ALREADY_ASSIGNED: 'This person is already asked or booked for the mission.',
  ALREADY_EXISTS: 'This name or address is taken.',
  BAD_REQUEST: 'This page does not fit the server. Reload it.',
  BAD_USER_INPUT: 'Something you entered does not fit.',
  FORBIDDEN: 'You may not do this. Ask somebody with a higher role.',
  INTERNAL: 'The server made a mistake. Try again, and tell us if it stays.',
  INVALID_CREDENTIALS: 'The e-mail address or the password is wrong.',
  INVALID_TOKEN: 'This link does not work any more.',
  INVALID_TRANSITION: 'This is no longer possible. Reload the page.',
  IN_USE: 'Something else still needs this.',
  LAST_OWNER: 'An organisation needs an owner. Name another one first.',
  MISSION_CLOSED: 'The mission is over or cancelled, or its project is archived.',
  NOT_FOUND: 'This does not exist any more.',
  PERSISTED_QUERY_NOT_FOUND: 'This page does not fit the server. Reload it.',
  QUANTITY_BELOW_ACCEPTED: 'More people have accepted than that.',
  RATE_LIMITED: 'Too many attempts. Wait a little.',
  ROLE_FULL: 'All places are taken.',
  SCHEDULE_CONFLICT: 'The person is booked elsewhere at that time.',
  UNAUTHENTICATED: 'Sign in first, as the person whom this is for.',
  UNAVAILABLE: 'The server is busy. Try again in a moment.',
  VERSION_CONFLICT: 'Somebody else has changed this. Reload the page.',
  WITHDRAWAL_TOO_LATE: 'It is too late to withdraw. Call the planner.',
};

const causeOf = (error: unknown) => (error instanceof CombinedError ? (error.graphQLErrors[0] ?? error.networkError) : error);

/** Whether a session has ended. */
export const isEnd = (error: unknown) => causeOf(error) instanceof SessionEnded;

/** What went wrong, for a person. */
export async function explain(error: unknown, server: string): Promise<string> {
  const cause = causeOf(error);
  return cause instanceof TypeError ? whyNoAnswer(server) : inWords(cause); // TypeError: how fetch says it
}

/**
 * Why a request had no answer. A browser hides from scripts whether nobody answered or the answer was not for this page.
 * But a request in `no-cors` mode succeeds whenever anybody answers, although nothing of the answer can be read.
 */
async function whyNoAnswer(server: string): Promise<string> {
  const answers = (mode: RequestMode) =>
    fetch(`${server}/healthz`, { mode, cache: 'no-store' }).then(
      () => true,
      () => false,
    );
  if (await answers('cors')) return 'The connection broke off. Try again.';
  if (await answers('no-cors')) {
    return `The server at ${server} runs, but it refuses this page. Start it with CORS_ALLOW_ORIGINS=${location.origin}`;
  }
  return `The server cannot be reached. Does it run at ${server}?`;
}

function inWords(cause: unknown): string {
  if (cause instanceof SessionEnded) return 'Your session has ended. Sign in again.';
  if (cause instanceof Refused) return words(cause.code, {}, cause.message);
  if (cause && typeof cause === 'object' && 'extensions' in cause) {
    const { extensions, message } = cause as { extensions: Record<string, unknown>; message: string };
    return words(String(extensions['code']), extensions, message);
  }
  return 'Something went wrong here. Reload the page.';
}

/** Codes may be added later: what is unknown here is shown in the server's words. */
function words(code: string, details: Record<string, unknown>, message: string): string {
  const seconds = details['retryAfterSeconds'];
  if (code === 'RATE_LIMITED' && seconds) return `Too many attempts. Try again in ${seconds} seconds.`;
  if (code === 'SCHEDULE_CONFLICT' && Array.isArray(details['conflicts'])) {
    const titles = details['conflicts'].map(({ title }) => title).filter(Boolean);
    return `The person is booked elsewhere at that time: ${titles.join(', ')}.`;
  }
  if (code === 'IN_USE' && details['dependents']) return `Something else still needs this: ${details['dependents']} in all.`;
  if (code === 'BAD_USER_INPUT') return `${WORDS.BAD_USER_INPUT} ${message}`;
  return code in WORDS ? WORDS[code as ErrorCode] : message;
}
