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
  // CloudWatch Logs also has a principal in each Region: logs.us-east-1.amazonaws.com.
  const regional = service.replace(".", `.${sourceArn.split(":")[3]}.`);
  return policy
    .parse(JSON.parse(policyText))
    .Statement.some(
      ({ Effect, Principal, Action, Condition }) =>
        Effect === "Allow" &&
        Principal.Service.some((name) => name === service || name === regional) &&
        Action.includes("lambda:InvokeFunction") &&
        Object.values(Condition).every((conditions) =>
          Object.entries(conditions).every(
            ([key, values]) =>
              key.toLowerCase() !== "aws:sourcearn" || values.some((value) => matchesWildcard(value, sourceArn)),
          ),
        ),
    );
}
