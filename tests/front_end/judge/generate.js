// Random valid questions about a schema and an organisation, within the limits of the server.

import {
  astFromValue, getNamedType, getNullableType, isAbstractType, isEnumType, isInputObjectType, isLeafType, isListType,
  isNonNullType, isObjectType, print,
} from 'graphql';

const DEPTH = 8;
const FIELDS = 45;
const ALIASES = 15;
const ROOT_FIELDS = 8;
const DAY = 24 * 3600e3;
/** What graphql-js knows of introspection beyond September 2025. */
const DRAFTS = ['__Directive.isDeprecated', '__Directive.deprecationReason', '__Schema.directives(includeDeprecated)'];

/** Numbers between 0 and 1 that a seed decides (mulberry32). */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export class Generator {
  #schema;
  #world;
  #random;
  #left;
  #variables;
  #fragments;
  #arguments;

  constructor(schema, world, seed) {
    this.#schema = schema;
    this.#world = world;
    this.#random = numbers(seed);
  }

  /** A document of one query, and its variables. */
  query() {
    this.#left = { fields: FIELDS, aliases: ALIASES, root: ROOT_FIELDS };
    this.#variables = [];
    this.#fragments = [];
    this.#arguments = new Map();
    const selection = this.#select(this.#schema.getQueryType(), 1, []);
    const definitions = this.#variables.map(({ name, type, initial }) => `$${name}: ${type}${initial ?? ''}`);
    const variables = Object.fromEntries(
      this.#variables.filter((one) => one.initial === undefined).map(({ name, value }) => [name, value]),
    );
    const heads = definitions.length ? [`query Q(${definitions.join(', ')}) `] : ['', 'query ', 'query Q '];
    const texts = [`${this.#one(heads)}${selection}`, ...this.#fragments.map(({ text }) => text)];
    return { query: texts.join('\n'), variables };
  }

  #chance(share) {
    return this.#random() < share;
  }

  #one(items) {
    return items[Math.floor(this.#random() * items.length)];
  }

  #upTo(most) {
    return 1 + Math.floor(this.#random() * most);
  }

  #isRoot(type) {
    return type === this.#schema.getQueryType();
  }

  /** A selection of an object or interface. `lists` are those without pages that it stands in. */
  #select(type, depth, lists) {
    const items = [];
    for (let count = this.#upTo(4); count > 0; count -= 1) {
      const { aliases } = this.#left;
      const item = this.#selection(type, depth, lists);
      if (item) items.push(item);
      const isSmall = aliases === this.#left.aliases && item?.length < 80 && !item.includes('...F');
      if (isSmall && !this.#isRoot(type) && this.#chance(0.15)) items.push(item);
    }
    return `{ ${items.join(' ') || '__typename'} }`;
  }

  #selection(type, depth, lists) {
    if (this.#isRoot(type) && (this.#left.root -= 1) < 0) return undefined;
    if ((this.#left.fields -= 1) < 0) return undefined;
    const kind = this.#random();
    if (kind < 0.1) return `__typename${this.#directive()}`;
    if (kind < 0.2 || (isAbstractType(type) && kind < 0.6)) return this.#inlineFragment(type, depth, lists);
    if (kind < 0.3) return this.#spread(type, depth, lists);
    return this.#field(type, depth, lists);
  }

  #inlineFragment(type, depth, lists) {
    const on = this.#chance(0.2) ? undefined : this.#condition(type);
    return `...${on ? ` on ${on}` : ''}${this.#directive()} ${this.#select(on ?? type, depth, lists)}`;
  }

  /** A type that a fragment in a selection of this type may be on. */
  #condition(type) {
    return this.#one([type, ...(isAbstractType(type) ? this.#schema.getPossibleTypes(type) : type.getInterfaces())]);
  }

  /** A new fragment, or one that is there and costs nothing to spread again. */
  #spread(type, depth, lists) {
    const known = this.#fragments.filter(({ on, isCheap }) => isCheap && on === type);
    if (known.length && this.#chance(0.5)) return `...${this.#one(known).name}${this.#directive()}`;
    const on = this.#condition(type);
    const fragment = { name: `F${this.#fragments.length}`, on };
    this.#fragments.push(fragment);
    const selection = this.#select(on, depth, lists);
    fragment.isCheap = !/[{:.]/.test(selection.slice(1)) && !this.#isRoot(on);
    fragment.text = `fragment ${fragment.name} on ${on} ${selection}`;
    return `...${fragment.name}${this.#directive()}`;
  }

  #field(type, depth, lists) {
    if (this.#isRoot(type) && this.#chance(0.04)) return this.#introspection(lists);
    const fields = Object.values(type.getFields()).filter((field) => this.#fits(type, field, depth, lists));
    if (!fields.length) return '__typename';
    const field = this.#one(fields);
    const isAliased = this.#left.aliases > 0 && this.#chance(0.2);
    if (isAliased) this.#left.aliases -= 1;
    // The same alias for the same field, so that fields of one name can be merged.
    const key = isAliased ? `${field.name}_${this.#one(['a', 'b'])}` : field.name;
    const named = isAliased ? `${key}: ${field.name}` : field.name;
    const head = `${named}${this.#argumentsOf(type, field, key)}${this.#directive()}`;
    const below = getNamedType(field.type);
    if (isLeafType(below)) return head;
    const listed = isUnpaged(type, field) ? [...lists, `${type}.${field.name}`] : lists;
    return `${head} ${this.#select(below, depth + 1, listed)}`;
  }

  #fits(type, field, depth, lists) {
    if (DRAFTS.includes(`${type}.${field.name}`)) return false;
    return isLeafType(getNamedType(field.type)) || (depth < DEPTH && !lists.includes(`${type}.${field.name}`));
  }

  #introspection(lists) {
    const [head, name] = this.#one([
      ['__schema', '__Schema'],
      [`__type(name: "${this.#one(Object.keys(this.#schema.getTypeMap()))}")`, '__Type'],
    ]);
    return `${head} ${this.#select(this.#schema.getType(name), DEPTH - 3, lists)}`;
  }

  #directive() {
    if (!this.#chance(0.1)) return '';
    const value = this.#chance(0.7);
    const text = this.#chance(0.5) ? this.#variable('Boolean!', value) : String(value);
    return this.#chance(0.5) ? ` @include(if: ${text})` : ` @skip(if: ${text})`;
  }

  /** Arguments are the same wherever a field has the same response key. */
  #argumentsOf(type, field, key) {
    const id = `${type}.${key}`;
    if (!this.#arguments.has(id)) this.#arguments.set(id, this.#newArguments(type, field));
    return this.#arguments.get(id);
  }

  #newArguments(type, { name: field, args }) {
    const known = args.filter(({ name }) => !DRAFTS.includes(`${type}.${field}(${name})`));
    const isPaged = args.some(({ name }) => name === 'first');
    const given = known.filter(({ name, type: input }) => {
      // Small pages: what an answer may hold is reckoned by them.
      if (name === 'first' || isNonNullType(input)) return true;
      return this.#chance(isPaged ? 0.05 : 0.3);
    });
    const texts = given.map(({ name, type: input }) => `${name}: ${this.#input(input, name, field)}`);
    return texts.length ? `(${texts.join(', ')})` : '';
  }

  /** A value in the document, or a variable for it. `name` is that of the argument or input field. */
  #input(type, name, field) {
    // It is `Boolean!` since September 2025, and `Boolean` to graphql-js.
    if (name === 'includeDeprecated') return String(this.#chance(0.5));
    const value = this.#value(type, name, field);
    const isPage = name === 'first' || name === 'last';
    if (this.#chance(0.25)) return this.#variable(String(type), value, isPage ? undefined : type);
    const inner = getNullableType(type);
    if (value === null || !isInputObjectType(inner)) return print(astFromValue(value, type));
    const fields = Object.keys(value).map((key) => `${key}: ${this.#input(inner.getFields()[key].type, key, field)}`);
    return `{${fields.join(', ')}}`;
  }

  /** A new variable; sometimes it is left out, and its default counts. */
  #variable(type, value, ofInput) {
    const name = `v${this.#variables.length}`;
    const isDefault = ofInput && value !== null && this.#chance(0.3);
    const initial = isDefault ? ` = ${print(astFromValue(value, ofInput))}` : undefined;
    this.#variables.push({ name, type, value, initial });
    return `$${name}`;
  }

  #value(type, name, field) {
    if (!isNonNullType(type) && name !== 'first' && this.#chance(0.05)) return null;
    const inner = getNullableType(type);
    if (isListType(inner)) {
      return Array.from({ length: this.#upTo(3) - 1 }, () => this.#value(inner.ofType, name, field));
    }
    if (isEnumType(inner)) return this.#one(inner.getValues()).name;
    if (isInputObjectType(inner)) {
      const fields = Object.values(inner.getFields()).filter((one) => isNonNullType(one.type) || this.#chance(0.4));
      return Object.fromEntries(fields.map((one) => [one.name, this.#value(one.type, one.name, field)]));
    }
    return this.#scalar(inner.name, name, field);
  }

  #scalar(type, name, field) {
    if (type === 'Int') return this.#chance(0.05) ? -1 : this.#upTo(3);
    if (type === 'Boolean') return this.#chance(0.5);
    if (type === 'DateTime') return new Date(Date.now() + (this.#upTo(90) - 20) * DAY).toISOString();
    if (type === 'ID') return this.#id(name === 'id' ? field : name.replace(/Id$/, ''));
    if (name === 'token' && this.#chance(0.8)) return this.#world.invitation;
    return this.#one(['a', 'sound', 'rigging', 'Nuit', '🎭', '"\\']);
  }

  /** Mostly the id of a row of that kind, sometimes of another kind, or of none. */
  #id(kind) {
    const { ids } = this.#world;
    const ofKind = ids.filter((id) => id.startsWith(`${kind}_`));
    if (this.#chance(0.05)) return 'nothing';
    return this.#one(ofKind.length && this.#chance(0.85) ? ofKind : ids);
  }
}

/** A list whose length nobody can ask for, and that is not the page of a connection. */
function isUnpaged(type, field) {
  const isPaged = field.args.some(({ name }) => name === 'first') || type.name.endsWith('Connection');
  return isListType(getNullableType(field.type)) && isObjectType(getNamedType(field.type)) && !isPaged;
}
