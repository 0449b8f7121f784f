// What both clients send through: `fetch` with somebody's access token, which counts the requests.

import { SERVER_URL } from '../server.js';

export const ENDPOINT = `${SERVER_URL}/graphql`;

export function transport(token) {
  const counted = {
    sent: 0,
    fetch(url, options) {
      counted.sent += 1;
      const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
      return fetch(url, { ...options, headers });
    },
  };
  return counted;
}
