// How a document and what becomes of it are written down.

/** A document that runs. `request` may have `variables` and `operationName`. */
export const runs = (about, query, request = {}) => ({ about, query, ...request });

/**
 * A document that is refused before anything runs: `by` is the rule of graphql-js that says so, without its `Rule`
 * (or the rules, separated by spaces), or `Syntax`, `Operation` (none can be chosen) or `Variables` (their values do
 * not fit).
 */
export const refused = (by, about, query, request = {}) => ({ about, query, by, ...request });

/**
 * The column in which the server sees the fault, where graphql-js sees it in another. Both belong to it, as 7.1.6 asks:
 * a word that cannot be read begins where it begins, though a letter in the middle spoils it; of a field, its name may
 * be meant or its alias; of what does not fit together, the one or the other.
 */
export const at = (column) => ({ at: { line: 1, column } });
