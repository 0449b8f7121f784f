// The people of one organisation, who all use one kind of client.

import assert from 'node:assert/strict';

export class Company {
  /** The names of the operations that were made. */
  made = new Set();
  #connect;

  /** `connect` makes somebody's client. */
  constructor(connect) {
    this.#connect = connect;
    this.name = connect.name;
    this.nobody = this.person();
  }

  /** An address that nobody has who uses another kind of client. */
  address = (name) => `${name}@${this.name}.example`;

  /** Somebody with an access token, or nobody. What they ask must succeed, unless it says otherwise. */
  person = (token) => {
    const client = this.#connect(token);
    const succeed = async (name, answer) => {
      this.made.add(name);
      const { data, codes } = await answer;
      assert.deepEqual(codes, [], name);
      return data;
    };
    return {
      query: (name, variables, policy) => succeed(name, client.query(name, variables, policy)),
      mutate: (name, input) => succeed(name, client.mutate(name, { input })),
      partial: client.partial,
      /** What the cache answers, without a request. */
      async cached(name, variables) {
        const before = client.requests();
        const { data } = await client.query(name, variables);
        assert.equal(client.requests(), before, `${name} was asked again`);
        return data;
      },
      /** What is refused with this code, and is not answered by the cache. */
      async refused(name, variables, expected) {
        const before = client.requests();
        const { codes } = await client.query(name, variables);
        assert.deepEqual([...new Set(codes)], [expected], name);
        assert.equal(client.requests(), before + 1, `${name} was answered by the cache`);
      },
    };
  };
}
