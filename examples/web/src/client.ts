import { Client, fetchExchange, type AnyVariables, type Operation, type OperationResult } from '@urql/core';
import { authExchange } from '@urql/exchange-auth';
import type { Session } from './session.ts';

export function createClient(server: string, session: Session): Client {
  return new Client({
    url: `${server}/graphql`,
    // Signing in sets the cookie of another origin; without `include` the browser would drop it.
    fetchOptions: { credentials: 'include' },
    // In a URL, variables such as an invitation's token would end up in logs.
    preferGetMethod: false,
    exchanges: [authentication(session), fetchExchange],
  });
}

/** Adds the access token to each operation. Where it has expired, renews it and sends the operation (again). */
function authentication(session: Session) {
  return authExchange(async ({ appendHeaders }) => {
    let old: string | undefined;
    return {
      addAuthToOperation: (operation) => {
        const { token } = session;
        return token ? appendHeaders(operation, { Authorization: `Bearer ${token}` }) : operation;
      },
      // Asked before sending. urql lets the operations that follow wait until `refreshAuth` is done.
      willAuthError: () => {
        old = session.token;
        return session.expired;
      },
      // Asked when an answer has errors: the clock here may be wrong, or the key of the server has changed.
      didAuthError: (error, operation) => {
        // Sent with a token that another operation has replaced since, it is only sent again (`renew` sees to that).
        old = sentToken(operation);
        const { code, reason } = error.graphQLErrors[0]?.extensions ?? {};
        // Beside a token, MISSING says that another account has to sign in. A new token would not help.
        return old !== undefined && code === 'UNAUTHENTICATED' && reason !== 'MISSING';
      },
      refreshAuth: () => session.renew(old),
    };
  });
}

function sentToken({ context: { fetchOptions } }: Operation): string | undefined {
  const { headers } = (typeof fetchOptions === 'function' ? fetchOptions() : fetchOptions) ?? {};
  return new Headers(headers).get('Authorization')?.replace('Bearer ', '');
}

/** The data of an answer. An error is thrown. */
export async function data<Data, Variables extends AnyVariables>(
  answer: PromiseLike<OperationResult<Data, Variables>>,
): Promise<Data> {
  const { data, error } = await answer;
  if (error) throw error;
  if (!data) throw new Error('an answer without data');
  return data;
}

interface Page<Row> {
  nodes: Row[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

/** All rows of a list, page by page. */
export async function allRows<Row>(page: (after: string | null) => Promise<Page<Row> | undefined>): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | null = null;
  do {
    const next = await page(after);
    rows.push(...(next?.nodes ?? []));
    after = next?.pageInfo.hasNextPage ? next.pageInfo.endCursor : null;
  } while (after);
  return rows;
}
