import { AcmCertificate } from "@cdktf/provider-aws/lib/acm-certificate";
import { AcmCertificateValidation } from "@cdktf/provider-aws/lib/acm-certificate-validation";
import { Apigatewayv2ApiMapping } from "@cdktf/provider-aws/lib/apigatewayv2-api-mapping";
import { Apigatewayv2DomainName } from "@cdktf/provider-aws/lib/apigatewayv2-domain-name";
import { DataAwsRoute53Zone } from "@cdktf/provider-aws/lib/data-aws-route53-zone";
import { Route53Record } from "@cdktf/provider-aws/lib/route53-record";
import { Construct } from "constructs";
import { basePathMistake, domainMistake, mutualTlsMistake } from "../../settings/domain";
import { ConstructError } from "../construct-error";
import { environmentOf } from "../environment";
import type { HttpApi } from "./http-api";

/** How long resolvers keep the record that proves the domain to ACM, in seconds. */
const VALIDATION_TTL_SECONDS = 300;

export interface CustomDomainProps {
  /** Such as `api.example.com`, at most 64 characters. */
  readonly name: string;
  /**
   * The existing public zone in Route 53 for the domain's records. The certificate is then the system's own. ACM proves
   * all certificates of a name in one account by one record, also those of other Regions. Without this domain, the record
   * is gone, and ACM does not renew the others: create it again for them.
   * @default - `certificateArn` is required
   */
  readonly hostedZone?: string;
  /**
   * A certificate of the stack's Region. The domain's DNS is elsewhere.
   * @default - `hostedZone` is required
   */
  readonly certificateArn?: string;
  /**
   * A public certificate that ACM issued for the name: API Gateway requires it for `mutualTls` with a `certificateArn`
   * that was imported or is of a private authority.
   * @default - none
   */
  readonly ownershipVerificationCertificateArn?: string;
  /**
   * The certificates that clients need.
   * @default - none
   */
  readonly mutualTls?: {
    /** The S3 object with the authorities' certificates, such as `s3://bucket/truststore.pem`. */
    readonly truststoreUri: string;
    /** @default - the newest version, at each change of the domain */
    readonly truststoreVersion?: string;
  };
}

export interface MapProps {
  /**
   * The path before all paths of the API, such as `orders/v1`. Its functions do not see it.
   * @default - none
   */
  readonly basePath?: string;
  /**
   * Whether the address that AWS gives the API answers 404. Mutual TLS requires that.
   * @default true
   */
  readonly disableDefaultEndpoint?: boolean;
}

/**
 * A domain for HTTP APIs, with TLS 1.2 as the minimum, over IPv4 and IPv6.
 *
 * @example
 * const domain = new CustomDomain(this, "domain", { name: "api.example.com", hostedZone: "example.com" });
 * domain.map(api, { basePath: "orders" });
 */
export class CustomDomain extends Construct {
  /** The certificate of its own; `undefined` with `certificateArn`. */
  readonly certificate?: AcmCertificate;
  private readonly domain: Apigatewayv2DomainName;

  /** @throws ConstructError for a wildcard, a name outside of the zone, and a certificate beside a zone or of another Region */
  constructor(
    scope: Construct,
    id: string,
    private readonly props: CustomDomainProps,
  ) {
    super(scope, id);
    const mistake = domainMistake(props, environmentOf(this).region);
    if (mistake) throw this.mistake(mistake.field, props[mistake.field], mistake.allowed);
    const { name, hostedZone, certificateArn = "", ownershipVerificationCertificateArn, mutualTls } = props;
    const zone = hostedZone === undefined ? undefined : new DataAwsRoute53Zone(this, "zone", { name: hostedZone });
    this.certificate = zone && this.createCertificate();
    this.domain = new Apigatewayv2DomainName(this, "domain-name", {
      domainName: name,
      domainNameConfiguration: {
        certificateArn: zone && this.certificate ? this.validate(this.certificate, zone) : certificateArn,
        ownershipVerificationCertificateArn,
        endpointType: "REGIONAL",
        // By default, the domain has no address of IPv6.
        ipAddressType: "dualstack",
        securityPolicy: "TLS_1_2",
      },
      mutualTlsAuthentication: mutualTls,
    });
    if (zone) this.addAddresses(zone);
  }

  /** The record to create where the domain's DNS is elsewhere, such as `api.example.com CNAME d-1.example.com (at the zone's apex: ALIAS)`. */
  get recordElsewhere(): string | undefined {
    if (this.certificate) return undefined;
    return `${this.props.name} CNAME ${this.domain.domainNameConfiguration.targetDomainName} (at the zone's apex: ALIAS)`;
  }

  /**
   * Passes the domain's requests to an API. Returns the API's URL.
   *
   * @example
   * domain.map(orders, { basePath: "orders" });
   * domain.map(returns, { basePath: "returns", disableDefaultEndpoint: false });
   * @throws ConstructError for a base path that API Gateway refuses or that is taken, and for mutual TLS beside the API's
   *   own address
   */
  map(api: HttpApi, { basePath, disableDefaultEndpoint = true }: MapProps = {}): string {
    const mistake = basePath === undefined ? undefined : basePathMistake(basePath);
    if (mistake) throw this.mistake("basePath", basePath, mistake);
    const bypass = mutualTlsMistake(this.props.mutualTls, disableDefaultEndpoint);
    if (bypass) throw this.mistake("disableDefaultEndpoint", disableDefaultEndpoint, bypass);
    const id = basePath === undefined ? "mapping" : `mapping-${basePath.replaceAll("/", "--")}`;
    if (this.node.tryFindChild(id)) throw this.mistake("basePath", basePath, "use one that no other API has");
    new Apigatewayv2ApiMapping(this, id, {
      apiId: api.api.id,
      domainName: this.domain.id,
      stage: api.stage.id,
      apiMappingKey: basePath,
    });
    if (disableDefaultEndpoint) api.api.disableExecuteApiEndpoint = true;
    return ["https:/", this.props.name, ...(basePath === undefined ? [] : [basePath])].join("/");
  }

  private createCertificate(): AcmCertificate {
    return new AcmCertificate(this, "certificate", {
      domainName: this.props.name,
      validationMethod: "DNS",
      // API Gateway does not let go of the certificate that it uses.
      lifecycle: { createBeforeDestroy: true },
    });
  }

  /** Proves the domain to ACM. Returns the certificate's ARN, once ACM has issued it. */
  private validate(certificate: AcmCertificate, { zoneId }: DataAwsRoute53Zone): string {
    const { resourceRecordName, resourceRecordType, resourceRecordValue } = certificate.domainValidationOptions.get(0);
    const record = new Route53Record(this, "validation-record", {
      zoneId,
      name: resourceRecordName,
      type: resourceRecordType,
      records: [resourceRecordValue],
      ttl: VALIDATION_TTL_SECONDS,
      // All certificates of a name in one account share this record.
      allowOverwrite: true,
    });
    return new AcmCertificateValidation(this, "validation", {
      certificateArn: certificate.arn,
      validationRecordFqdns: [record.fqdn],
    }).certificateArn;
  }

  private addAddresses({ zoneId }: DataAwsRoute53Zone): void {
    const { targetDomainName, hostedZoneId } = this.domain.domainNameConfiguration;
    for (const type of ["A", "AAAA"]) {
      new Route53Record(this, `${type.toLowerCase()}-record`, {
        zoneId,
        name: this.props.name,
        type,
        alias: { name: targetDomainName, zoneId: hostedZoneId, evaluateTargetHealth: false },
      });
    }
  }

  private mistake(field: string, value: unknown, allowed: string): ConstructError {
    const found = value === undefined ? "is missing" : `${JSON.stringify(value)} is not allowed`;
    return new ConstructError(this, `${field}: ${found}; ${allowed}`);
  }
}
