// Writes generated/graphql.ts: the types and the documents of every operation that the server can answer.
//
// The documents are those of the API's contract, and the page's own. Where the server does not have all of the contract yet,
// not-yet.txt names what is missing: an operation that needs such a thing is left out, any other error ends the run.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as typedDocumentNode from '@graphql-codegen/typed-document-node';
import * as typescriptOperations from '@graphql-codegen/typescript-operations';
import { buildSchema, concatAST, Kind, parse, separateOperations, validate } from 'graphql';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const sdl = parse(read('schema.graphql'));
const schema = buildSchema(read('schema.graphql'));
const notYet = new Set(read('tests/contract/not-yet.txt').split(/\r?\n/));
const folder = 'tests/contract/operations';
const files = readdirSync(new URL(`../../${folder}`, import.meta.url)).filter((name) => name.endsWith('.graphql'));
const sources = [...files.sort().map((name) => `${folder}/${name}`), 'examples/web/src/operations.graphql'];
const everything = concatAST(sources.map((path) => parse(read(path))));

/** What a validation error says is missing, as not-yet.txt writes it: `Type` or `Type.field`. */
function missing({ message }) {
  const type = /^Unknown type "(\w+)"/.exec(message);
  const field = /^Cannot query field "(\w+)" on type "(\w+)"/.exec(message);
  return type ? type[1] : field && `${field[2]}.${field[1]}`;
}

const used = new Set();
const leftOut = [];
const mistakes = [];
// Each operation with the fragments that it spreads.
for (const [name, document] of Object.entries(separateOperations(everything))) {
  const errors = validate(schema, document);
  const unexplained = errors.filter((error) => !notYet.has(missing(error)));
  mistakes.push(...unexplained.map((error) => `${name}: ${error.message}`));
  if (errors.length) leftOut.push(`${name} (${[...new Set(errors.map(missing))].join(', ')})`);
  else for (const definition of document.definitions) used.add(definition);
}
if (mistakes.length) throw new Error(`Not explained by not-yet.txt:\n${mistakes.join('\n')}`);

const code = await codegen({
  filename: 'graphql.ts',
  schema: sdl,
  documents: [{ document: { kind: Kind.DOCUMENT, definitions: [...used] } }],
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
console.log(`codegen: ${leftOut.length} operations left out for now${leftOut.map((line) => `\n  ${line}`).join('')}`);
