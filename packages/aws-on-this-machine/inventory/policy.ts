import { z } from "zod";

/** A policy has a single value in place of a list of one. */
export const oneOrMore = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());

/** The schema of a policy, whose statements have these fields beside their effect. */
export function policyWith<T extends z.ZodRawShape>(fields: T) {
  const statement = z.object({ Effect: z.string(), ...fields });
  return z.object({ Statement: z.union([statement, z.array(statement)]).transform((value) => [value].flat()) });
}
