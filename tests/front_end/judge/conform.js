// Does an answer fit the schema and the question? By the specification's section 6, and not by how the server does it.

import assert from 'node:assert/strict';
import {
  getDirectiveValues, getLocation, getNamedType, getNullableType, GraphQLID, GraphQLIncludeDirective,
  GraphQLSkipDirective, isAbstractType, isLeafType, isListType, isNonNullType, Kind, SchemaMetaFieldDef,
  TypeMetaFieldDef, TypeNameMetaFieldDef,
} from 'graphql';

const META = Object.fromEntries(
  [SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef].map((field) => [field.name, field]),
);
/** How the server writes a `DateTime`. */
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** A question: the document with its only operation, and the variables as they are coerced. */
export function question(schema, document, variables) {
  const fragments = new Map();
  let operation;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
    else operation = definition;
  }
  const root = schema.getRootType(operation.operation);
  return { schema, fragments, variables, root, sets: [operation.selectionSet] };
}

/** CollectFields (6.3.2): the fields of each response key of an object. */
function collect(of, type, sets, collected = new Map(), spread = new Set()) {
  for (const selection of sets.flatMap((set) => set.selections)) {
    if (!isIncluded(of, selection)) continue;
    if (selection.kind === Kind.FIELD) {
      const key = (selection.alias ?? selection.name).value;
      collected.set(key, [...(collected.get(key) ?? []), selection]);
      continue;
    }
    const name = selection.name?.value;
    if (spread.has(name)) continue;
    if (name) spread.add(name);
    const fragment = name ? of.fragments.get(name) : selection;
    if (applies(of, fragment.typeCondition, type)) collect(of, type, [fragment.selectionSet], collected, spread);
  }
  return collected;
}

function isIncluded({ variables }, selection) {
  const skip = getDirectiveValues(GraphQLSkipDirective, selection, variables);
  const include = getDirectiveValues(GraphQLIncludeDirective, selection, variables);
  return !skip?.if && include?.if !== false;
}

function applies({ schema }, condition, type) {
  if (!condition) return true;
  const wanted = schema.getType(condition.name.value);
  return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type));
}

/** The type of the fields that stand under one response key of an object, and what is selected below them. */
function below(type, nodes) {
  const name = nodes[0].name.value;
  const definition = META[name] ?? type.getFields()[name];
  return { type: definition.type, sets: nodes.flatMap((node) => node.selectionSet ?? []) };
}

const objectTypes = ({ schema }, type) => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type]);

/** What is wrong with a value (6.4.3), as a sentence, or nothing. */
function complaint(of, type, sets, value, path) {
  const at = path.join('.') || 'data';
  if (value === undefined) return `nothing at ${at}`;
  if (isNonNullType(type) && value === null) return `null at ${at}`;
  if (value === null) return undefined;
  const nullable = getNullableType(type);
  if (isLeafType(nullable)) return leafComplaint(nullable, value, at);
  if (isListType(nullable)) {
    if (!Array.isArray(value)) return `no list at ${at}`;
    return first(value, (item, index) => complaint(of, nullable.ofType, sets, item, [...path, index]));
  }
  if (typeof value !== 'object' || Array.isArray(value)) return `no object at ${at}`;
  // Which object it is behind an interface need not be told: one of them must fit.
  const complaints = objectTypes(of, nullable).map((object) => objectComplaint(of, object, sets, value, path));
  return complaints.includes(undefined) ? undefined : complaints.join(', or ');
}

function objectComplaint(of, type, sets, value, path) {
  const collected = collect(of, type, sets);
  const keys = [...collected.keys()].join();
  if (Object.keys(value).join() !== keys) return `the keys ${Object.keys(value)} and not ${keys} at ${path.join('.')}`;
  return first([...collected], ([key, nodes]) => {
    if (nodes[0].name.value === '__typename' && value[key] !== type.name) return `${value[key]} and not ${type.name}`;
    const { type: fieldType, sets: selected } = below(type, nodes);
    return complaint(of, fieldType, selected, value[key], [...path, key]);
  });
}

function leafComplaint(type, value, at) {
  if (type === GraphQLID && typeof value !== 'string') return `${at}: an ID that is no text`;
  if (type.name === 'DateTime' && !INSTANT.test(value)) return `${at}: ${value} is no instant`;
  try {
    type.parseValue(value);
    return undefined;
  } catch (error) {
    return `${at}: ${error.message}`;
  }
}

/** The first of the items' complaints. */
function first(items, complain) {
  for (const [index, item] of items.entries()) {
    const found = complain(item, index);
    if (found) return found;
  }
  return undefined;
}

/** The types along a path, that of the whole data first, and the fields that its last response key stands for. */
function walk(of, path) {
  let [type, sets, nodes] = [of.root, of.sets, undefined];
  const types = [type];
  for (const step of path) {
    const nullable = getNullableType(type);
    if (typeof step === 'number') {
      assert(isListType(nullable), `the path ${path} counts what is no list`);
      type = nullable.ofType;
    } else {
      assert(!isListType(nullable) && !isLeafType(nullable), `the path ${path} goes into what is no object`);
      // Objects behind an interface agree on what may be null (5.3.2), so any that has the key will do.
      const object = objectTypes(of, getNamedType(nullable)).find((one) => collect(of, one, sets).has(step));
      assert(object, `the path ${path} is not in the document`);
      nodes = collect(of, object, sets).get(step);
      ({ type, sets } = below(object, nodes));
    }
    types.push(type);
  }
  return { types, nodes };
}

/** How many steps of a path lead to the first null of the data. */
function stepsToNull(data, path) {
  let value = data;
  for (const [index, step] of path.entries()) {
    if (value === null) return index;
    value = value[step];
  }
  assert.equal(value, null, `${path} failed and is not null`);
  return path.length;
}

/** Errors have a path to a null of the data, and the place of a field of that name; none fails twice (6.4.4, 7.1.6). */
function checkErrors(of, { data, errors = [] }, codes) {
  const nullPlaces = new Set();
  for (const { path, locations, extensions, message } of errors) {
    assert(codes.includes(extensions?.code), `the code ${extensions?.code}`);
    assert(message && Array.isArray(path) && path.length, `an error without message or path: ${message}`);
    const { types, nodes } = walk(of, path);
    const places = nodes.map(({ loc }) => getLocation(loc.source, loc.start));
    const isThere = ({ line, column }) => places.some((place) => place.line === line && place.column === column);
    assert(locations?.length && locations.every(isThere), `${path} is said to be at ${JSON.stringify(locations)}`);
    // An operation's data may be null, whatever its root type.
    const steps = types.findLastIndex((type, index) => index === 0 || !isNonNullType(type));
    nullPlaces.add(JSON.stringify(path.slice(0, steps)));
  }
  for (const { path } of errors) {
    const place = JSON.stringify(path.slice(0, stepsToNull(data, path)));
    assert(nullPlaces.has(place), `${path} failed, and null moved to ${place}`);
  }
  const paths = errors.map(({ path }) => path.join('.'));
  assert.equal(new Set(paths).size, paths.length, `a field failed twice: ${paths}`);
}

/** Throws where an answer does not fit. `codes` are those that an error may have. */
export function checkAnswer(of, answer, codes) {
  assert(Object.hasOwn(answer, 'data'), `refused: ${JSON.stringify(answer.errors)}`);
  if (answer.errors) assert(answer.errors.length, 'an empty list of errors');
  if (answer.data === null) assert(answer.errors, 'no data, and nothing failed');
  const wrong = answer.data === null ? undefined : complaint(of, of.root, of.sets, answer.data, []);
  assert(!wrong, wrong);
  checkErrors(of, answer, codes);
}

/** What becomes of partial data when null moves up to where it may be (6.4.4). */
export function propagated(of, data) {
  return nulled(of, of.root, of.sets, data);
}

function nulled(of, type, sets, value) {
  const nullable = getNullableType(type);
  if (value === null || isLeafType(nullable)) return value;
  if (isListType(nullable)) {
    const items = value.map((item) => nulled(of, nullable.ofType, sets, item));
    return isNonNullType(nullable.ofType) && items.includes(null) ? null : items;
  }
  const keys = Object.keys(value).join();
  const object = objectTypes(of, nullable).find((one) => [...collect(of, one, sets).keys()].join() === keys);
  assert(object, `the keys ${keys} of no object`);
  const fields = [];
  for (const [key, nodes] of collect(of, object, sets)) {
    const field = below(object, nodes);
    const child = nulled(of, field.type, field.sets, value[key]);
    if (child === null && isNonNullType(field.type)) return null;
    fields.push([key, child]);
  }
  return Object.fromEntries(fields);
}
