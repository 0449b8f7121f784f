import { parse, visit } from 'graphql';
import type { GraphQLRequest, Session } from './session';

/** After these, the cookie stands for another account or organisation, or for no session at all. */
const CHANGING = new Set(['confirmPasswordReset', 'joinOrg', 'login', 'logout', 'revokeSession', 'signUp', 'switchOrg']);

/**
 * Sends an operation that somebody typed. If it signs in, out or moves, so does the page. The server has set or moved
 * the cookie by then, so the page asks for a token of it: that works whatever fields were selected, under any alias,
 * and the page's token and its cookie are of one session.
 */
export async function runTyped(session: Session, request: GraphQLRequest, headers: HeadersInit) {
  const names = changes(request.query);
  // A renewal under way would set the cookie of the session that is left.
  if (names.length) await session.idle();
  const answer = await session.graphql(request, { headers });
  if (names.some((name) => answer.data?.[name])) await session.follow();
  return answer;
}

/** Under which names an answer has what such mutations did. */
function changes(query: string): string[] {
  const names: string[] = [];
  try {
    visit(parse(query), {
      Field({ name, alias }) {
        if (CHANGING.has(name.value)) names.push((alias ?? name).value);
      },
    });
  } catch {
    // It does not parse, and the server says so.
  }
  return names;
}
