import { z } from "zod";
import { environmentSettings, TABLE_WORST_CASE_SECONDS } from "./schema";
import { parseSettings, type SettingsError, settingsWarnings } from "./settings";
import { whatIsAllowed } from "./what-is-allowed";

/** The page docs/settings.md: every setting with its default, its meaning and its allowed values. */
export function renderSettingsPage(): string {
  const schema = z.toJSONSchema(environmentSettings, {
    io: "input",
    override: ({ zodSchema, jsonSchema }) => {
      jsonSchema.allowed = whatIsAllowed(zodSchema);
    },
  });
  return `# Settings

<!-- npm run settings writes this page from settings/schema.ts. -->

An environment is an entry of \`context.environments\` in \`cdktf.json\`. A setting that it lacks has the default:
\`"production": {}\` is complete. The variable \`ENVIRONMENT\` picks an environment, by default production. Several
can share an account: outside production the names of stacks and resources end in \`-<environment>\`.

| Setting | Default | Meaning |
| ------- | ------- | ------- |
${rowsOf(schema).join("\n")}

An alarm fires _above_ its value, unless its meaning says another.

## Mistakes

A mistake stops synthesis. A line for each says where it is, what the value is and what is allowed:

\`\`\`
${exampleMistake()}
\`\`\`

Editors that know JSON Schema show most mistakes while you type, complete the names and explain them: \`cdktf.json\` names
\`settings/settings.schema.json\`, which says the same as this page. Synthesis checks more, such as that \`max\` is at least \`min\`.

## Warnings

Synthesis takes these values, but warns of them:

\`\`\`
${exampleWarnings()}
\`\`\`
`;
}

function exampleWarnings(): string {
  const overrides = { function: { runtime: "python3.8", timeoutSeconds: TABLE_WORST_CASE_SECONDS - 1 } };
  const warnings = settingsWarnings(parseSettings({ production: overrides }, "production"));
  return warnings.map((warning) => `Warning: ${warning}`).join("\n");
}

function exampleMistake(): string {
  try {
    parseSettings({ production: { function: { memoryMb: 100 } } }, "production");
    return "";
  } catch (error) {
    return `Error: ${(error as SettingsError).message}`;
  }
}

type Schema = z.core.JSONSchema.BaseSchema;

/** The table's rows: one for a setting, and one for each setting inside of it. */
function rowsOf(setting: Schema, path: readonly string[] = [], whereUnset = ""): string[] {
  const shapes = (setting.oneOf ?? [setting]) as Schema[];
  const defaults = (setting.default ?? {}) as Record<string, unknown>;
  const rows = Object.entries(mergeShapes(shapes)).flatMap(([name, field]) => {
    const value = JSON.stringify(field.default ?? defaults[name])?.replaceAll(",", ", ");
    const isRequired = shapes.some(({ required }) => required?.includes(name));
    return rowsOf(field, [...path, name], value ? `\`${value}\`` : isRequired ? "required" : "none");
  });
  if (rows.length > 0 && !setting.unset) return rows;
  const meaning = [setting.description, setting.allowed].filter(Boolean).join(" ");
  return [`| \`${path.join(".")}\` | ${setting.unset ?? whereUnset} | ${meaning} |`, ...rows];
}

/** The fields of an object that may have several shapes. The field that tells these apart has a meaning for each. */
function mergeShapes(shapes: readonly Schema[]): Record<string, Schema> {
  const fields: Record<string, Schema> = {};
  for (const { properties } of shapes) {
    for (const [name, field] of Object.entries(properties ?? {}) as [string, Schema][]) {
      const meaning = field.const ? `\`"${field.const}"\`: ${field.description}` : field.description;
      fields[name] = { ...field, description: [fields[name]?.description, meaning].filter(Boolean).join(" ") };
    }
  }
  return fields;
}
