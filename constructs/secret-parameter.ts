import type { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy";
import { Construct } from "constructs";
import { type Grantee, grant } from "./access/grant";
import { addressOf } from "./address";
import { ConstructError } from "./construct-error";
import { environmentOf } from "./environment";
import { PythonFunction } from "./function/python-function";

/** SSM's rule for names. */
const NAME = /^\/(?!aws|ssm)[\w.-]+(\/[\w.-]+){0,14}$/i;
const MAX_NAME = 1011;

export interface SecretParameterProps {
  /**
   * The parameter's name, beginning with a slash.
   * @default "/<the construct's path>", with the environment's name outside production
   */
  readonly parameterName?: string;
}

export interface GrantSecretProps {
  /**
   * The variable with the parameter's name, for the function.
   * @default - the construct's id and PARAMETER, such as API_KEY_PARAMETER
   */
  readonly variable?: string;
}

/**
 * An SSM SecureString that exists, or that somebody creates before the function runs. Terraform neither creates nor reads
 * it, so that no state and no plan has the secret:
 * `aws ssm put-parameter --type SecureString --name /api-key --value ...`
 *
 * @example
 * const apiKey = new SecretParameter(this, "api-key");
 * apiKey.grantRead(orders);
 */
export class SecretParameter extends Construct {
  readonly parameterName: string;
  readonly arn: string;

  constructor(scope: Construct, id: string, props: SecretParameterProps = {}) {
    super(scope, id);
    const { partition, region, accountId, physicalName } = environmentOf(this);
    this.parameterName = props.parameterName ?? `/${physicalName(addressOf(this))}`;
    if (!NAME.test(this.parameterName) || this.parameterName.length > MAX_NAME) {
      throw new ConstructError(
        this,
        `the name ${JSON.stringify(this.parameterName)} is not allowed; use a slash and letters, digits, dots, hyphens or underscores, in up to 15 levels, not beginning with aws or ssm`,
      );
    }
    this.arn = `arn:${partition}:ssm:${region}:${accountId}:parameter${this.parameterName}`;
  }

  /**
   * Lets a function or a role read the value. A function gets the parameter's name in a variable. The AWS-managed key of
   * SSM, which encrypts the value, needs no permission.
   *
   * @example
   * const apiKey = new SecretParameter(this, "api-key");
   * apiKey.grantRead(orders, { variable: "SHOP_KEY_PARAMETER" });
   */
  grantRead(grantee: Grantee, { variable = this.defaultVariable() }: GrantSecretProps = {}): IamRolePolicy {
    if (grantee instanceof PythonFunction) grantee.addVariable(variable, this.parameterName);
    return grant(this, "read", grantee, { actions: ["ssm:GetParameter"], resources: [this.arn] });
  }

  private defaultVariable(): string {
    return `${this.node.id.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase()}_PARAMETER`;
  }
}
