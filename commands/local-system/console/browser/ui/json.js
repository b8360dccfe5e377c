/** Indents JSON without changing a character of its values. */

/** Longer text is shown as it is: of long strings, the expression would run out of memory. */
const MAX_LENGTH = 1_000_000;
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** @type {(text: string) => string | undefined} nothing if it is too long, or not an object or an array */
export function indentJson(text) {
  if (text.length > MAX_LENGTH || !/^\s*[{[]/.test(text) || !isJson(text)) return undefined;
  // Parsed and written again, large numbers would be others and repeated keys lost.
  const tokens = text.match(TOKENS) ?? [];
  let depth = 0;
  let indented = "";
  let before = "";
  for (const token of tokens) {
    const isClosing = "]}".includes(token);
    if (isClosing) depth -= 1;
    // Nothing stands between the brackets of what is empty.
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
