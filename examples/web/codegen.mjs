// Writes generated/graphql.ts: the types and the documents of every operation.
//
// The documents are those of the API's contract, and the page's own. A mistake in one of them ends the run.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, concatAST, parse, validate } from 'graphql';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const sdl = parse(read('schema.graphql'));
const schema = buildSchema(read('schema.graphql'));
const folder = 'tests/contract/operations';
const files = readdirSync(new URL(`../../${folder}`, import.meta.url)).filter((name) => name.endsWith('.graphql'));
const sources = [...files.sort().map((name) => `${folder}/${name}`), 'examples/web/src/operations.graphql'];
const everything = concatAST(sources.map((path) => parse(read(path))));

const mistakes = validate(schema, everything);
if (mistakes.length) throw new Error(mistakes.map(({ message }) => message).join('\n'));

const code = await codegen({
  filename: 'graphql.ts',
  schema: sdl,
  documents: [{ document: everything }],
  plugins: [{ typescriptOperations: {} }, { typedDocumentNode: { documentNodeImport: '@urql/core#TypedDocumentNode' } }],
  pluginMap: { typescriptOperations, typedDocumentNode },
  config: {
    scalars: { ID: 'string', DateTime: 'string', JSON: 'unknown' },
    skipTypename: true,
    useTypeImports: true,
  },
});

// No operation asks for an error's code, so codegen passes its type by.
const codes = Object.keys(schema.getType('ErrorCode').toConfig().values);
const errorCode = `/** Every \`extensions.code\`. */\nexport type ErrorCode = ${codes.map((name) => `'${name}'`).join(' | ')};`;

mkdirSync(new URL('generated', import.meta.url), { recursive: true });
writeFileSync(new URL('generated/graphql.ts', import.meta.url), `${code}\n${errorCode}\n`);
