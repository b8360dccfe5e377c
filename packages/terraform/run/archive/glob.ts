/** The patterns that stand for any characters, as regular expressions. */
const WILDCARDS: Readonly<Record<string, string>> = {
  "/**": "(?:/.*)?",
  "**/": "(?:.*/)?",
  "**": ".*",
  "*": "[^/]*",
  "?": "[^/]",
};

const PARTS = /\/\*\*$|\*\*\/|\*\*|\*|\?|\[!?[^\]]+\]|\{[^{}]*\}|\\?./gs;

/** Whether a path matches a pattern of hashicorp/archive: `**` stands for any folders, `*` and `?` for no slash. */
export function matchesGlob(pattern: string, path: string): boolean {
  return new RegExp(`^${toRegExp(pattern)}$`, "s").test(path);
}

function toRegExp(pattern: string): string {
  return pattern.replace(PARTS, (part) => {
    const wildcard = WILDCARDS[part];
    if (wildcard) return wildcard;
    if (/^\[.+\]$/s.test(part)) return part.replace("[!", "[^");
    if (/^\{.*\}$/s.test(part)) return `(?:${part.slice(1, -1).split(",").map(toRegExp).join("|")})`;
    return part.replace(/^\\(?=.)/s, "").replace(/[.+*?^${}()|[\]\\/]/g, "\\$&");
  });
}
