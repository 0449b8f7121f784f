// Apollo Client with its normalised cache.

import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';
import { operations } from './operations.js';
import { ENDPOINT, transport } from './transport.js';

/** What a front end with these lists would set. */
const typePolicies = {
  Query: { fields: { missions: relayStylePagination(['filter']), rbacDemo: { merge: true } } },
  Staffing: { merge: true },
};

/** Data and the codes of errors; without data where something failed, as is Apollo's way unless asked otherwise. */
async function settled(answer) {
  try {
    const { data, error } = await answer;
    return { data, codes: codes(error) };
  } catch (error) {
    return { codes: codes(error) };
  }
}

function codes(error) {
  if (!error) return [];
  if (!CombinedGraphQLErrors.is(error)) throw error;
  return error.errors.map(({ extensions }) => extensions.code);
}

/** Somebody's client. */
export function apollo(token) {
  const transported = transport(token);
  const client = new ApolloClient({
    link: new HttpLink({ uri: ENDPOINT, fetch: transported.fetch }),
    cache: new InMemoryCache({ typePolicies }),
  });
  return {
    requests: () => transported.sent,
    query: (name, variables, fetchPolicy = 'cache-first') =>
      settled(client.query({ query: operations[name], variables, fetchPolicy })),
    /** The data that could be read, beside the errors. */
    partial: (name, variables) =>
      settled(client.query({ query: operations[name], variables, fetchPolicy: 'no-cache', errorPolicy: 'all' })),
    mutate: (name, variables) => settled(client.mutate({ mutation: operations[name], variables })),
  };
}
