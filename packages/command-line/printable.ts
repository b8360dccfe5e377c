import stringWidth from "string-width";

/** Replaces control characters, with which the sender of a text could control the terminal, and tabs, which have no width. */
export function printable(text: string): string {
  return text.replaceAll("\t", "    ").replace(/[\p{Cc}\p{Cf}]/gu, "�");
}

/** Cuts a text in the middle, so that it takes at most so many columns. Both ends of a path matter. */
export function cutMiddle(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return "";
  const characters = [...text];
  const end = firstOf([...characters].reverse(), Math.ceil((width - 1) / 2)).reverse();
  const begin = firstOf(characters, width - 1 - stringWidth(end.join("")));
  return [...begin, "…", ...end].join("");
}

function firstOf(characters: readonly string[], room: number): string[] {
  let left = room;
  const beyond = characters.findIndex((character) => {
    left -= stringWidth(character);
    return left < 0;
  });
  return characters.slice(0, beyond);
}

export function padColumns(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - stringWidth(text)));
}
