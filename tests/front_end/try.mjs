import { buildClientSchema, getIntrospectionQuery } from 'graphql';
import { gql } from './server.js';
import { judgeRules } from './judge/rules.js';
const schema = buildClientSchema(await gql(getIntrospectionQuery({ oneOf: true })));
try { console.log(await judgeRules(schema)); } catch (e) { console.log(e.message); }
