import { ApiError } from './http';
import type { GraphQLRequest, Session } from './session';

interface Org {
  id: string;
  name: string;
}

export interface Viewer {
  me: { id: string; email: string; displayName: string; memberships: { id: string; role: string; org: Org }[] };
  /** Missing for an account without an organisation. */
  org?: Org;
  myRole?: string;
}

export interface SignUpInput {
  email: string;
  password: string;
  displayName: string;
  orgName: string;
}

const ME = 'me { id email displayName memberships { id role org { id name } } }';

/**
 * Who is signed in. Asked for right after each new token, so an UNAUTHENTICATED answer must not renew: that would
 * be a new token, and the question again, for ever.
 */
export async function loadViewer(session: Session): Promise<Viewer> {
  const viewer = await session.graphql<Viewer>({ query: `query Viewer { ${ME} org { id name } myRole }` }, { renew: false });
  if (viewer.data) return viewer.data;
  // `org` and `myRole` are non-null in the schema: without an organisation they void the whole answer.
  return ask<Viewer>(session, { query: `query Account { ${ME} }` }, false);
}

export async function signUp(session: Session, input: SignUpInput) {
  const query = 'mutation SignUp($input: SignUpInput!) { signUp(input: $input) { accessToken expiresAt } }';
  const { signUp } = await ask<{ signUp: Grant }>(session, { query, variables: { input } });
  session.adopt(signUp.accessToken, signUp.expiresAt);
}

export async function switchOrg(session: Session, orgId: string) {
  const query = 'mutation SwitchOrg($input: SwitchOrgInput!) { switchOrg(input: $input) { accessToken expiresAt } }';
  const { switchOrg } = await ask<{ switchOrg: Grant }>(session, { query, variables: { input: { orgId } } });
  // A renewal under way may still bring a token of the organisation that we are leaving.
  await session.idle();
  session.adopt(switchOrg.accessToken, switchOrg.expiresAt);
}

interface Grant {
  accessToken: string;
  expiresAt: string;
}

async function ask<T>(session: Session, request: GraphQLRequest, renew = true): Promise<T> {
  const { data, errors } = await session.graphql<T>(request, { renew });
  if (data && !errors?.length) return data;
  const { message = 'The server sent no data.', extensions } = errors?.[0] ?? {};
  throw new ApiError(message, extensions?.code ?? 'INTERNAL', 0, extensions?.retryAfterSeconds);
}
