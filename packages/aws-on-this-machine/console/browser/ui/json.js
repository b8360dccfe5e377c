/** Indents JSON without changing a character of its values. */

/** In characters. Longer text stays unchanged, because the expression runs out of memory on long strings. */
const MAX_LENGTH = 1_000_000;
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** @type {(text: string) => string | undefined} undefined if it is too long, or not an object or an array */
export function indentJson(text) {
  if (text.length > MAX_LENGTH || !/^\s*[{[]/.test(text) || !isJson(text)) return undefined;
  // JSON.parse would round large numbers and lose repeated keys.
  const tokens = text.match(TOKENS) ?? [];
  let depth = 0;
  let indented = "";
  let before = "";
  for (const token of tokens) {
    const isClosing = "]}".includes(token);
    if (isClosing) depth -= 1;
    // Empty brackets stay together.
    if (",".includes(before) || "[{".includes(before) !== isClosing) indented += before && `\n${"  ".repeat(depth)}`;
    indented += token === ":" ? ": " : token;
    if ("[{".includes(token)) depth += 1;
    before = token;
  }
  return indented;
}

/** @type {(text: string) => boolean} */
export function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
