// The server under test, at $SERVER_URL.

import assert from 'node:assert/strict';

const { SERVER_URL } = process.env;
assert(SERVER_URL, 'SERVER_URL says where the server is');

export { SERVER_URL };

/**
 * Posts a request, or its JSON where that has to be as it is, as nobody or as whoever has the token; hands out the
 * answer, whatever it is.
 */
export async function post(request, token) {
  const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) };
  const body = typeof request === 'string' ? request : JSON.stringify(request);
  const response = await fetch(`${SERVER_URL}/graphql`, { method: 'POST', headers, body });
  return response.json();
}

/** The data of an operation that must succeed. */
export async function gql(query, variables, token) {
  const { data, errors } = await post({ query, variables }, token);
  assert(!errors, JSON.stringify(errors));
  return data;
}
