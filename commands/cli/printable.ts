/** Replaces control characters, with which the sender of a text could control the terminal, and tabs, which have no width. */
export function printable(text: string): string {
  return text.replaceAll("\t", "    ").replace(/[\p{Cc}\p{Cf}]/gu, "�");
}

/** Cuts a text in the middle, so that it has at most so many characters: both ends of a path say something. */
export function cutMiddle(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  if (width < 1) return "";
  const end = Math.ceil((width - 1) / 2);
  const kept = [characters.slice(0, width - 1 - end), "…", characters.slice(characters.length - end)];
  return kept.flat().join("");
}
