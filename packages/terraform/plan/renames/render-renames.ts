import type { Rename } from "./find-renames";

/** The maximum number of listed arguments. */
const MAX_LISTED = 4;

/** Lines to add to the configuration, and the renamed resources. The former come first, because Markdown is cut at its end. */
export function renderRenames(renamed: readonly Rename[] = []): string[] {
  if (renamed.length === 0) return [];
  const having = (remedy: Rename["remedy"]) => renamed.filter((rename) => rename.remedy === remedy);
  return [
    "The state has resources under another address, and the plan would lose each of them, or have it twice.",
    ...renderMoves(having("move")),
    ...renderForgotten(having("forget")),
    ...having("name").map(
      ({ from, to }) =>
        `The configuration has both ${from} and ${to}: give one of them another name, or change one in a plan of its own.`,
    ),
    "These are the resources:",
    ...renamed.map((rename) => `  ${rename.from} → ${rename.to} (${renderIdentity(rename)})`),
  ];
}

/**
 * The reason for a refusal; `undefined` without renamed resources.
 *
 * @param isText whether the plan was printed as text, which contains these lines
 */
export function refuseRenames(renamed: readonly Rename[] | undefined, isText: boolean): string | undefined {
  if (!renamed) return undefined;
  const refusal = "Refused: the plan takes renamed resources for new ones, so it was not saved. No option allows that.";
  if (isText) return `${refusal} The lines above say what to add.`;
  return [`${refusal} These lines say what to add:`, ...renderRenames(renamed)].join("\n");
}

/** Both addresses are in the state, so that Terraform cannot move one to the other. */
function renderForgotten(renamed: readonly Rename[]): string[] {
  if (renamed.length === 0) return [];
  const addresses = renamed.map(({ from }) => `'${from}'`).join(" ");
  return [
    "The state has both addresses. Let it forget the former ones, in the stack's folder:",
    `  terraform state rm ${addresses}`,
  ];
}

function renderIdentity({ id, same }: Rename): string {
  return `${id}, same ${same.length > MAX_LISTED ? "arguments" : same.join(", ")}`;
}

function renderMoves(moves: readonly Rename[]): string[] {
  if (moves.length === 0) return [];
  const calls = [
    ...new Set(
      moves.flatMap(({ moved }) =>
        moved ? `movedFrom(<${moved.construct}>, ${JSON.stringify(moved.formerPath)});` : [],
      ),
    ),
  ];
  return [
    "Tell Terraform where they were, and plan again; docs/deploying.md says how.",
    ...(calls.length > 0 ? ["In the stack's file, for a construct with all that it holds, by its variable:"] : []),
    ...(calls.length > 0 ? ['import { movedFrom } from "./moved-from";', ...calls] : []).map((line) => `  ${line}`),
    "Or for each resource:",
    ...moves.map(({ from, construct = "resource" }) => `  <${construct}>.moveFromId(${JSON.stringify(from)});`),
    "Or without CDKTF, in Terraform's JSON:",
    `  "moved": [${moves.map(({ from, to }) => JSON.stringify({ from, to })).join(", ")}]`,
    "If AWS is to have a new resource of the same name, delete the old one first, in a plan of its own.",
  ];
}
