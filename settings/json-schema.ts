import { z } from "zod";
import { environmentName, environmentSettings } from "./schema";
import { whatIsAllowed } from "./what-is-allowed";

/** cdktf.json as far as this project reads it. CDKTF reads further keys, so it may have any. */
const configurationFile = z
  .looseObject({
    app: z.string().describe("The command that synthesizes."),
    context: z
      .looseObject({
        environments: z
          .record(environmentName, environmentSettings)
          .describe("The settings of each environment, by its name. The variable ENVIRONMENT picks one."),
      })
      .describe("Values that CDKTF gives to the application."),
  })
  .meta({
    title: "cdktf.json of serverless-infrastructure",
    $comment: "npm run settings writes this file from settings/schema.ts.",
  });

/** The JSON Schema of cdktf.json, by which editors complete, check and explain the settings. */
export function renderJsonSchema(): string {
  const schema = z.toJSONSchema(configurationFile, {
    io: "input",
    // Editors know no later draft in full.
    target: "draft-7",
    override: ({ zodSchema, jsonSchema }) => {
      const { description, unset } = z.globalRegistry.get(zodSchema) ?? {};
      delete jsonSchema.unset;
      if (!description) return;
      // Editors show a description, but neither limits nor a default.
      const allowed = whatIsAllowed(zodSchema);
      const fallback = unset ?? (allowed && JSON.stringify(jsonSchema.default));
      jsonSchema.description = [description, allowed, fallback && `Default: ${fallback}.`].filter(Boolean).join(" ");
    },
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
