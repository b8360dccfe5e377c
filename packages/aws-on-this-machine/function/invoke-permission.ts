import { z } from "zod";
import { oneOrMore, policyWith } from "../inventory/policy";
import { matchesWildcard } from "../system/wildcard";

const policy = policyWith({
  Principal: z.object({ Service: oneOrMore }).catch({ Service: [] }),
  Action: oneOrMore,
  Condition: z.record(z.string(), z.record(z.string(), oneOrMore)).default({}),
});

/** Whether a function's resource policy, as JSON, allows a service to invoke it for a source, such as a rule. */
export function mayInvoke(policyText: string | undefined, service: string, sourceArn: string): boolean {
  if (!policyText) return false;
  return policy
    .parse(JSON.parse(policyText))
    .Statement.some(
      ({ Effect, Principal, Action, Condition }) =>
        Effect === "Allow" &&
        Principal.Service.includes(service) &&
        Action.includes("lambda:InvokeFunction") &&
        Object.values(Condition).every((conditions) =>
          Object.entries(conditions).every(
            ([key, values]) =>
              key.toLowerCase() !== "aws:sourcearn" || values.some((value) => matchesWildcard(value, sourceArn)),
          ),
        ),
    );
}
