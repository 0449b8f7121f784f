// urql with graphcache, which knows the schema.

import { Client, fetchExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { getIntrospectionQuery, isObjectType } from 'graphql';
import { gql } from '../server.js';
import { operations, schema } from './operations.js';
import { ENDPOINT, transport } from './transport.js';

const introspection = await gql(getIntrospectionQuery({ descriptions: false }));

/** Objects without an id are part of the object that they were read from. */
const embedded = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.getFields().id);
const keys = Object.fromEntries(embedded.map(({ name }) => [name, () => null]));

function logger(severity, message) {
  if (severity !== 'debug') throw new Error(message);
}

async function settled(answer) {
  const { data, error } = await answer;
  if (error?.networkError) throw error.networkError;
  return { data: data ?? undefined, codes: (error?.graphQLErrors ?? []).map(({ extensions }) => extensions.code) };
}

/** Somebody's client. */
export function urql(token) {
  const transported = transport(token);
  const resolvers = { Query: { missions: relayPagination() } };
  const cache = cacheExchange({ schema: introspection, keys, resolvers, logger });
  const client = new Client({
    url: ENDPOINT,
    fetch: transported.fetch,
    exchanges: [cache, fetchExchange],
    preferGetMethod: false,
  });
  const query = (name, variables, requestPolicy = 'cache-first') =>
    settled(client.query(operations[name], variables, { requestPolicy }).toPromise());
  return {
    requests: () => transported.sent,
    query,
    /** The data that could be read, beside the errors. */
    partial: (name, variables) => query(name, variables, 'network-only'),
    mutate: (name, variables) => settled(client.mutation(operations[name], variables).toPromise()),
  };
}
