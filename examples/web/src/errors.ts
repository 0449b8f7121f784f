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
  UNAUTHENTICATED: 'Sign in first.',
  UNAVAILABLE: 'The server is busy. Try again in a moment.',
  VERSION_CONFLICT: 'Somebody else has changed this. Reload the page.',
  WITHDRAWAL_TOO_LATE: 'It is too late to withdraw. Call the planner.',
};

/** What went wrong, for a person. */
export function inWords(error: unknown): string {
  const cause = error instanceof CombinedError ? (error.graphQLErrors[0] ?? error.networkError) : error;
  if (cause instanceof SessionEnded) return 'Your session has ended. Sign in again.';
  if (cause instanceof Refused) return words(cause.code, {}, cause.message);
  if (cause instanceof TypeError) return 'The server cannot be reached.'; // how fetch says it
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
  if (code === 'BAD_USER_INPUT') return `${WORDS.BAD_USER_INPUT} ${message}`;
  return code in WORDS ? WORDS[code as ErrorCode] : message;
}
