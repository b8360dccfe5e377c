import type { Values } from "./find-renames";

/** Arguments by which AWS's resources name their parents; a KMS key can change. */
const PARENT = /^(?!.*kms|display_).*_(name|id)$|^qualifier$/;

/** Types whose id and ARN lack some of the arguments that decide. */
const SCALING = ["service_namespace", "resource_id", "scalable_dimension", "name"];
const IDENTITIES: Readonly<Record<string, readonly string[]>> = {
  aws_appautoscaling_policy: SCALING,
  aws_appautoscaling_scheduled_action: SCALING,
};

export function isParent(name: string): boolean {
  return PARENT.test(name);
}

/**
 * Finds the arguments that identify a resource of any type.
 *
 * If the ARN or the id ends with an argument, AWS made it from arguments: these decide. If AWS chose the id, the resource's own
 * name decides, together with its parents. If the resource has no name, all of its arguments decide.
 *
 * @param existing the resource's attributes
 * @param isArgument whether the configuration sets an attribute, and AWS does not choose it
 * @param isKept whether the resource stays; where AWS chose its id, then no argument decides: AWS permits another one
 */
export function identifyingArguments(
  type: string,
  existing: Values,
  isArgument: (name: string) => boolean,
  isKept: boolean,
): readonly string[] {
  if (IDENTITIES[type]) return IDENTITIES[type];
  const { arn, id } = existing;
  const names = Object.keys(existing).filter(isArgument);
  const texts = names.filter((name) => typeof existing[name] === "string" && existing[name] !== "");
  const isMadeOfTexts = (whole: unknown) => texts.some((name) => part(existing[name], "$").test(String(whole)));
  const partsOf = (whole: unknown) => {
    // The longest first: a metric's name may be a part of the alarm's.
    const found = [...new Set(texts.map((name) => String(existing[name])))].sort((a, b) => b.length - a.length);
    let rest = String(whole);
    const parts = found.filter((value) => {
      const before = rest;
      rest = rest.replace(part(value), "");
      return rest !== before;
    });
    return texts.filter((name) => parts.includes(String(existing[name])));
  };
  const parents = texts.filter(isParent);
  // An id can lack the parent, such as that of a permission or a metric filter. An ARN is unique.
  if (!isArgument("arn") && isMadeOfTexts(arn)) return partsOf(arn);
  if (isMadeOfTexts(id)) return [...new Set([...partsOf(id), ...parents])];
  if (isKept) return [];
  if (texts.includes("name")) return [...new Set(["name", ...parents])];
  return names;
}

/** A pattern that finds a value in an ARN or id, but not inside a longer word. */
function part(value: unknown, end = "(?!(?<=[A-Za-z0-9])[A-Za-z0-9])"): RegExp {
  return new RegExp(`(?<![A-Za-z0-9](?=[A-Za-z0-9]))${String(value).replace(/\W/g, "\\$&")}${end}`);
}

/**
 * Whether an id for Terraform's import is one of a resource in the state: it is one of the resource's values, or some of
 * them with `/` or `:` between, such as `<API>/<route>`.
 */
export function isImportIdOf(id: string, existing: Values): boolean {
  return Object.values(existing).some(
    (value) =>
      typeof value === "string" &&
      value !== "" &&
      id.startsWith(value) &&
      (id === value || (/^[/:]/.test(id.slice(value.length)) && isImportIdOf(id.slice(value.length + 1), existing))),
  );
}
