/**
 * Makes a search for things with all words of a text, in any case. It computes each thing's text only once.
 *
 * @template {object} T
 * @param {(thing: T) => string} textOf
 * @returns {(search: string) => (thing: T) => boolean}
 */
export function makeSearch(textOf) {
  const texts = /** @type {WeakMap<T, string>} */ (new WeakMap());
  const find = (/** @type {T} */ thing) => {
    const text = texts.get(thing) ?? textOf(thing).toLowerCase();
    texts.set(thing, text);
    return text;
  };
  return (search) => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    return (thing) => words.every((word) => find(thing).includes(word));
  };
}
