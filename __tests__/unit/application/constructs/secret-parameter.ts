import { IamRole } from "@cdktf/provider-aws/lib/iam-role";
import { SecretParameter, type SecretParameterProps } from "../../../../constructs/secret-parameter";
import { aFunction, resourcesOf, statementsIn, synthesize } from "../synthesize";

const secret = (props?: SecretParameterProps, variable?: string) =>
  synthesize((stack) => {
    new SecretParameter(stack, "api-key", props).grantRead(aFunction(stack, "orders"), variable ? { variable } : {});
  });

test("a function gets the name, and may read that parameter only", () => {
  const json = secret();
  const [{ environment }] = resourcesOf(json, "aws_lambda_function");
  expect(environment).toEqual({ variables: { API_KEY_PARAMETER: "/api-key-test" } });
  const [policy] = resourcesOf(json, "aws_iam_role_policy").filter(({ name }) => name === "read-api-key");
  expect(statementsIn(json, policy.policy)).toEqual([
    {
      actions: ["ssm:GetParameter"],
      resources: ["arn:aws:ssm:eu-central-1:123456789012:parameter/api-key-test"],
    },
  ]);
});

test("Terraform neither creates nor reads the parameter, so that no state has its value", () => {
  expect(secret()).not.toMatch(/"aws_ssm_/);
});

test("the name and the variable are what is told", () => {
  const [{ environment }] = resourcesOf(secret({ parameterName: "/shop/key" }, "SHOP_KEY"), "aws_lambda_function");
  expect(environment).toEqual({ variables: { SHOP_KEY: "/shop/key" } });
});

test("two secrets of one function have two policies and two variables, and a role has no variable", () => {
  const json = synthesize((stack) => {
    const fn = aFunction(stack, "orders");
    for (const id of ["api-key", "password"]) {
      const parameter = new SecretParameter(stack, id);
      parameter.grantRead(fn);
      parameter.grantRead(new IamRole(stack, `${id}-reader`, { name: id, assumeRolePolicy: "{}" }));
    }
  });
  expect(Object.keys(resourcesOf(json, "aws_lambda_function")[0].environment.variables)).toEqual([
    "API_KEY_PARAMETER",
    "PASSWORD_PARAMETER",
  ]);
  const reading = resourcesOf(json, "aws_iam_role_policy").filter(({ name }) => name.startsWith("read-"));
  expect(reading).toHaveLength(4);
});

test.each(["api-key", "/aws/key", "/a//b", "/a b", `/${"x".repeat(1011)}`])(
  "SSM refuses the name %s",
  (parameterName) => {
    expect(() => secret({ parameterName })).toThrow(
      `api-key: the name ${JSON.stringify(parameterName)} is not allowed; use`,
    );
  },
);
