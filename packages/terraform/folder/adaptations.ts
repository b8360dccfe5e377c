/** A change of a copy's Terraform files, with which the versions of this machine take them. */
export interface Adaptation {
  readonly notice: string;
  change(text: string): string;
}

/** Finds the changes of the files that avoid an error of Terraform or of the AWS provider. */
export function findAdaptation(error: string): Adaptation | undefined {
  return adaptRuntime(error) ?? adaptRegion(error);
}

/** The functions run this machine's Python in any case. */
function adaptRuntime(error: string): Adaptation | undefined {
  const [, known = "", runtime = ""] =
    /expected \S*runtime\S* to be one of \[(.*?)\], got ([\w.]+)/s.exec(error.replace(/\s+/g, " ")) ?? [];
  const [family = ""] = /^[a-z]+/.exec(runtime) ?? [];
  const newest = [...known.matchAll(/"([\w.]+)"/g)]
    .map(([, name = ""]) => name)
    .filter((name) => family && name.startsWith(family))
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }))
    .at(-1);
  if (!newest) return undefined;
  return {
    notice: `The AWS provider does not know the runtime ${runtime}. ${newest} takes its place.`,
    change: (text) => text.replaceAll(`"${runtime}"`, `"${newest}"`),
  };
}

/** Version 6 of the AWS provider has `region` in place of `name`, which version 5 has. */
function adaptRegion(error: string): Adaptation | undefined {
  if (!/no argument, nested block, or exported attribute named "region"/.test(error.replace(/\s+/g, " "))) {
    return undefined;
  }
  return {
    notice: "The AWS provider does not know data.aws_region's attribute region. Its attribute name takes its place.",
    change: (text) => text.replace(/(\bdata\.aws_region\.[\w-]+(?:\[[^\]\n]*\])?)\.region\b/g, "$1.name"),
  };
}
