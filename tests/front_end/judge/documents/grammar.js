// The source text and its grammar (GraphQL September 2025, section 2 and appendix B).

import { at, refused, runs } from './case.js';

const raw = String.raw;
/** A field whose argument takes any text, and which answers nobody with null. */
const text = (value) => `{ invitation(token: ${value}) { status } }`;
/** A field whose argument is an Int. */
const number = (value) => `{ users(first: ${value}) { totalCount } }`;

const ignored = [
  runs('a byte order mark', '\uFEFF{ __typename }'),
  runs('a byte order mark between tokens', '{ __typename \uFEFF org { name } }'),
  runs('lines that end with CR and LF', '{\r\n  __typename # one\r\n  org {\r\n    name\r\n  }\r\n}\r\n'),
  runs('lines that end with CR alone', '# one\r{ __typename }\r'),
  runs('commas in all places', ',,{,__typename,,,org,{,name,},},'),
  runs('commas between arguments, and none', '{ users(first: 1 after: "a",,) { totalCount } }'),
  runs('tabs', '\t{\t__typename\t}'),
  runs('no space at all', '{org{name}users(first:1){nodes{id}}}'),
  runs('a comment before everything', '# first\n{ __typename }'),
  runs('a comment that the document ends with', '{ __typename } # last'),
  runs('an empty comment', '{ __typename #\n}'),
  runs('a comment with quotes and brackets', '{ __typename # "not closed ({[ """\n}'),
  runs('a comment outside the basic plane', '{ __typename # 🎭 é\n}'),
  runs('a comment between `on` and the type', '{ ... on # here\nQuery { __typename } }'),
  runs('a comment between `...` and `on`', '{ ... # here\non Query { __typename } }'),
  runs('a comment between `...` and a name', '{ ... # here\nF } fragment F on Query { __typename }'),
  runs('a comment between alias and colon', '{ a # here\n: # and here\n __typename }'),
  runs('comments in arguments', '{ users( # one\nfirst # two\n: # three\n1 # four\n) { totalCount } }'),
  runs('comments in a list and an object', '{ projects(filter: { # one\nstatus: [ # two\nACTIVE # three\n] }) { totalCount } }'),
  runs('a comment between `query` and its name', 'query # here\nQ # and here\n{ __typename }'),
  runs('a space between $ and a name', 'query($ a: ID!) { project(id: $ a) { id } }', { variables: { a: 'x' } }),
  runs('a space between @ and a name', '{ __typename @ include ( if : true ) }'),
  refused('Syntax', 'a no-break space', '{\u00A0__typename }'),
  refused('Syntax', 'a line separator between tokens', '{ __typename\u2028org { name } }'),
  refused('Syntax', 'a character of no token', '{ __typename ; }'),
  refused('Syntax', 'a question mark', '{ __typename? }'),
  refused('Syntax', 'a letter beyond ASCII in a name', '{ équipe }'),
  refused('Syntax', 'a character outside the basic plane', '{ 🎭 }'),
  refused('Syntax', 'a NUL', '{ \u0000 __typename }'),
];

const names = [
  runs('keywords as aliases', '{ query: __typename mutation: __typename fragment: __typename on: __typename }'),
  runs('values as aliases', '{ true: __typename false: __typename null: __typename type: __typename }'),
  runs('an operation called query', 'query query { __typename }'),
  runs('an operation called on', 'query on { __typename }'),
  runs('a fragment called fragment', '{ ...fragment } fragment fragment on Query { __typename }'),
  runs('a fragment called query', '{ ...query } fragment query on Query { __typename }'),
  runs('a variable called null', 'query($null: ID!) { project(id: $null) { id } }', { variables: { null: 'x' } }),
  runs('names with underscores and digits', 'query _1 { _0: __typename __a: __typename A_b9: __typename }'),
  refused('Syntax', 'a fragment called on', '{ ...on } fragment on on Query { __typename }'),
  refused('Syntax', 'a name that begins with a digit', '{ 1a: __typename }', at(3)),
  refused('Syntax', 'a name in quotes', '{ "me" { id } }'),
];

const strings = [
  runs('an empty string', text('""')),
  runs('the escapes of one letter', text(raw`"\" \\ \/ \b \f \n \r \t"`)),
  runs('an escape of four digits', text(raw`"\u00e9\u0041"`)),
  runs('a surrogate pair', text(raw`"\uD83C\uDFAD"`)),
  runs('an escape in braces', text(raw`"\u{1F3AD}"`)),
  runs('an escape in braces with zeros before it', text(raw`"\u{0000041}"`)),
  runs('an emoji as it is', text('"🎭"')),
  runs('brackets, hashes and commas in a string', text('"{([# , ])}"')),
  runs('a block string', text('"""one "two" three"""')),
  runs('an empty block string', text('""""""')),
  runs('three quotes in a block string', text(raw`"""a \""" b"""`)),
  runs('a block string that ends with three quotes', text(raw`"""a \""""""`)),
  runs('backslashes in a block string', text(raw`"""\n \u \ """`)),
  runs('a block string of several lines', text('"""\n    one\r\n      two\n  """')),
  runs('a tab and a control character in a string', text('"a\tb\u0007c"')),
  refused('Syntax', 'a string that is not closed', '{ invitation(token: "a) { status } }', at(21)),
  refused('Syntax', 'a block string that is not closed', '{ invitation(token: """a) { status } }', at(21)),
  refused('Syntax', 'a line break in a string', text('"a\nb"'), at(21)),
  refused('Syntax', 'an unknown escape', text(raw`"\x41"`), at(21)),
  refused('Syntax', 'an escape of three digits', text(raw`"\u041"`), at(21)),
  refused('Syntax', 'an escape of no digits in braces', text(raw`"\u{}"`), at(21)),
  refused('Syntax', 'an escape beyond Unicode', text(raw`"\u{110000}"`), at(21)),
  refused('Syntax', 'a surrogate in braces', text(raw`"\u{D83C}"`), at(21)),
  refused('Syntax', 'half of a surrogate pair', text(raw`"\uD83C"`), at(21)),
  refused('Syntax', 'the other half of a surrogate pair', text(raw`"\uDFAD"`), at(21)),
  refused('Syntax', 'a surrogate pair the wrong way round', text(raw`"\uDFAD\uD83C"`), at(21)),
  refused('Syntax', 'a surrogate pair in two notations', text(raw`"\uD83C\u{DFAD}"`), at(21)),
  refused('Syntax', 'single quotes', text("'a'")),
];

const numbers = [
  runs('zero', number('0')),
  runs('minus zero', number('-0')),
  ...['01', '1.', '.5', '1e', '1.e5', '-', '+1', '0x1', '1a', '1_000', '1.0.0', '00', '1.2e3.4'].map((value) =>
    refused('Syntax', `the number ${value}`, number(value), at(16)),
  ),
  refused('ValuesOfCorrectType', 'a number with an exponent for an Int', number('1e0')),
];

const whole = [
  runs('the short form', '{ __typename }'),
  runs('a query without a name', 'query { __typename }'),
  runs('a description of a query', '"What it is for." query Q { __typename }'),
  runs('a description of a fragment', '{ ...F } """What it is for.""" fragment F on Query { __typename }'),
  runs('a description of a variable', 'query Q("Which." $a: ID!) { project(id: $a) { id } }', { variables: { a: 'x' } }),
  refused('Syntax', 'a description of the short form', '"What it is for." { __typename }'),
  refused('Syntax', 'nothing', ''),
  refused('Syntax', 'spaces only', ' \n '),
  refused('Syntax', 'a comment only', '# nothing'),
  refused('Syntax', 'an empty selection', '{}'),
  refused('Syntax', 'an empty selection of a field', '{ org { } }'),
  refused('Syntax', 'an operation that is not closed', '{ org { name }'),
  refused('Syntax', 'a bracket too many', '{ org { name } } }'),
  refused('Syntax', 'the wrong bracket', '{ org { name ) }'),
  refused('Syntax', 'a query without a selection', 'query Q'),
  refused('Syntax', 'empty arguments', '{ users() { totalCount } }'),
  refused('Syntax', 'an argument without a value', '{ users(first:) { totalCount } }'),
  refused('Syntax', 'an argument without a colon', '{ users(first 1) { totalCount } }'),
  refused('Syntax', 'an alias without a field', '{ a: }'),
  refused('Syntax', 'an alias of an alias', '{ a: b: __typename }'),
  refused('Syntax', 'empty variables', 'query Q() { __typename }'),
  refused('Syntax', 'a variable without a type', 'query Q($a) { __typename }'),
  refused('Syntax', 'a variable without a dollar', 'query Q(a: ID) { __typename }'),
  refused('Syntax', 'a variable without a name', 'query Q($: ID) { __typename }'),
  refused('Syntax', 'a list type that is not closed', 'query Q($a: [ID) { __typename }'),
  refused('Syntax', 'two exclamation marks', 'query Q($a: ID!!) { __typename }'),
  refused('Syntax', 'a variable as a default', 'query Q($a: Int = $b) { __typename }'),
  refused('Syntax', 'a variable as a field', '{ $a }'),
  refused('Syntax', 'three dots and nothing', '{ ... }', at(3)),
  refused('Syntax', 'two dots', '{ ..F } fragment F on Query { __typename }'),
  refused('Syntax', 'four dots', '{ ....F } fragment F on Query { __typename }', at(3)),
  refused('Syntax', 'an inline fragment without a type behind `on`', '{ ... on { __typename } }'),
  refused('Syntax', 'a fragment without a type', '{ ...F } fragment F { __typename }'),
  refused('Syntax', 'a fragment without a selection', '{ ...F } fragment F on Query'),
  refused('Syntax', 'variables of a fragment', '{ ...F } fragment F($a: ID) on Query { __typename }'),
  refused('Syntax', 'a directive before arguments', '{ users @skip(if: true) (first: 1) { totalCount } }'),
  refused('Syntax', 'an unknown kind of operation', 'ask { __typename }'),
  refused('Syntax', 'a word behind the document', '{ __typename } end'),
];

/** Where a fault is said to be, behind what is not one byte or not one line. */
const unknown = (about, query) => refused('FieldsOnCorrectType', about, query);

const places = [
  unknown('a place behind a letter of two bytes', '{ a: invitation(token: "é") { status } nothing }'),
  unknown('a place behind an emoji', '{ a: invitation(token: "🎭") { status } nothing }'),
  unknown('a place behind LF', '{ __typename\n  nothing }'),
  unknown('a place behind CR and LF', '{ __typename\r\n  nothing }'),
  unknown('a place behind CR', '{ __typename\r  nothing }'),
  unknown('a place behind LF and CR', '{ __typename\n\r  nothing }'),
  unknown('a place behind what breaks no line', '{ a: invitation(token: "\u000B\u000C\u0085\u2028\u2029") { status } nothing }'),
  unknown('a place behind a block string', '{ a: invitation(token: """\n\r\n"""\r) { status } nothing }'),
  unknown('a place behind a byte order mark', '\uFEFF{ nothing }'),
  refused('Syntax', 'a place at the end', '{\n  __typename\n'),
  refused('Syntax', 'a place on the second line', '{\r\n  __typename\r\n} }'),
];

export default [...places, ...ignored, ...names, ...strings, ...numbers, ...whole];
