// How a document and what becomes of it are written down.

/** A document that runs. `request` may have `variables` and `operationName`. */
export const runs = (about, query, request = {}) => ({ about, query, ...request });

/**
 * A document that is refused before anything runs: `by` is the rule of graphql-js that says so, without its `Rule`
 * (or the rules, separated by spaces), or `Syntax`, `Operation` (none can be chosen) or `Variables` (their values do
 * not fit).
 */
export const refused = (by, about, query, request = {}) => ({ about, query, by, ...request });
