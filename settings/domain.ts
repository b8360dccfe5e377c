import { z } from "zod";
import { pattern } from "./types";

/**
 * The first name of a certificate has at most 64 characters.
 * @see https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
 */
const NAME = /^(?=.{4,64}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])$/;
const USE_A_NAME = "use a domain's name of at most 64 lower-case letters, digits, hyphens and dots, without *";

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html */
const BASE_PATH = /^(?=.{1,300}$)[\w$.+!*'()-]+(\/[\w$.+!*'()-]+)*$/;
const USE_A_BASE_PATH =
  "use segments of letters, digits and $ - _ . + ! * ' ( ), such as orders/v1, without a slash at either end";

/** A domain, and the source of its certificate. */
export interface DomainSource {
  readonly name: string;
  readonly hostedZone?: string;
  readonly certificateArn?: string;
  readonly ownershipVerificationCertificateArn?: string;
  readonly mutualTls?: object;
}

/** A wrong field of a domain, and the allowed values. */
export interface DomainMistake {
  readonly field: "name" | "hostedZone" | "certificateArn" | "ownershipVerificationCertificateArn";
  readonly allowed: string;
}

/** Finds a mistake that API Gateway would refuse in the middle of an apply, or that no client would reach. */
export function domainMistake(
  { name, hostedZone, certificateArn, ownershipVerificationCertificateArn: ownership, mutualTls }: DomainSource,
  region: string,
): DomainMistake | undefined {
  if (!NAME.test(name)) return { field: "name", allowed: USE_A_NAME };
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html
  const isElsewhere = (arn: string | undefined) => arn !== undefined && arn.split(":")[3] !== region;
  if (ownership !== undefined && !(certificateArn && mutualTls)) {
    return { field: "ownershipVerificationCertificateArn", allowed: "use it with certificateArn and mutualTls" };
  }
  if (isElsewhere(ownership)) {
    return { field: "ownershipVerificationCertificateArn", allowed: useCertificateOf(region) };
  }
  if (certificateArn !== undefined && hostedZone !== undefined) {
    return { field: "certificateArn", allowed: "use it alone, or hostedZone for a certificate of the system's own" };
  }
  if (certificateArn !== undefined) {
    return isElsewhere(certificateArn) ? { field: "certificateArn", allowed: useCertificateOf(region) } : undefined;
  }
  if (hostedZone === undefined) {
    return { field: "hostedZone", allowed: "use the name of a hosted zone, or certificateArn in its place" };
  }
  const isInside = name === hostedZone || name.endsWith(`.${hostedZone}`);
  return isInside ? undefined : { field: "name", allowed: `use a name in the zone ${hostedZone}` };
}

function useCertificateOf(region: string): string {
  return `use the ARN of a certificate in ${region}`;
}

/** The mistake of a mutual TLS that clients can avoid by the API's own address; `undefined` without one. */
export function mutualTlsMistake(mutualTls: object | undefined, disableDefaultEndpoint = true): string | undefined {
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mutual-tls.html
  return mutualTls && !disableDefaultEndpoint
    ? "use true, because the API's own address needs no certificate; or add mutualTls once the clients use the domain"
    : undefined;
}

/** Says how to write a base path that API Gateway refuses; `undefined` for others. */
export function basePathMistake(basePath: string): string | undefined {
  return BASE_PATH.test(basePath) ? undefined : USE_A_BASE_PATH;
}

const certificate = () =>
  pattern(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/,
    "use the ARN of a certificate of ACM, such as arn:aws:acm:us-west-2:123456789012:certificate/11111111-2222-3333-4444-555555555555",
  );

const mutualTlsSettings = z.strictObject({
  truststoreUri: pattern(
    /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/\S+$/,
    "use the URI of an S3 object, such as s3://bucket/truststore.pem",
  ).describe("The object with the certificates of the authorities that sign the clients' certificates, as PEM."),
  truststoreVersion: pattern(/^\S{1,1024}$/, "use the id of a version of that object")
    .optional()
    .meta({ description: "The version of that object.", unset: "the newest one, at each change of the domain" }),
});

/** The API's domain. */
export const domainSettings = z.strictObject({
  name: pattern(NAME, USE_A_NAME).describe("The domain's name, such as `api.example.com`."),
  hostedZone: pattern(NAME, USE_A_NAME).optional().meta({
    description:
      "The public hosted zone in Route 53, which exists already. It gets the records for the name and for the validation of a certificate.",
    unset: "`certificateArn` is required",
  }),
  certificateArn: certificate().optional().meta({
    description:
      "A certificate in place of `hostedZone`, for a name whose DNS is elsewhere. The output `domain_record` is the record to create there.",
    unset: "a certificate of the system's own",
  }),
  ownershipVerificationCertificateArn: certificate().optional().meta({
    description:
      "A public certificate that ACM issued for the name. API Gateway requires it for `mutualTls` with a `certificateArn` that was imported or is of a private authority.",
    unset: "none",
  }),
  basePath: pattern(BASE_PATH, USE_A_BASE_PATH)
    .optional()
    .meta({ description: "The path before all paths of the API, which its function does not see.", unset: "none" }),
  mutualTls: mutualTlsSettings
    .optional()
    .meta({ description: "Requires a certificate of the clients.", unset: "none; clients need no certificate" }),
});

interface Checked {
  readonly region: string;
  readonly api: { readonly domain?: DomainSource; readonly disableDefaultEndpoint?: boolean };
}

/** Adds the mistakes of an environment's domain that concern several settings. */
export function checkDomain({ value, issues }: z.core.ParsePayload<Checked>): void {
  const { region, api } = value;
  const add = (field: string[], message: string) =>
    issues.push({ code: "custom", path: ["api", ...field], message, input: value });
  const mistake = api.domain && domainMistake(api.domain, region);
  if (mistake) add(["domain", mistake.field], mistake.allowed);
  const bypass = mutualTlsMistake(api.domain?.mutualTls, api.disableDefaultEndpoint);
  if (bypass) add(["disableDefaultEndpoint"], bypass);
  if (!api.domain && api.disableDefaultEndpoint) add(["disableDefaultEndpoint"], "use false, or set api.domain, too");
}
