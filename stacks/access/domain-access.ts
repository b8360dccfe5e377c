import { actions } from "./access";
import { type Entry, everywhere, namesOf, ofThisEnvironment, type Place } from "./place";

/** The access that a domain, its certificate and its records take, by their Terraform types. */
export const DOMAIN_ACCESS: Readonly<Record<string, Entry>> = {
  aws_acm_certificate: (_values, place) => [
    {
      name: "NewCertificate",
      resources: ["*"],
      write: actions("acm", "RequestCertificate"),
      condition: [{ test: "StringEquals", variable: "aws:RequestTag/Environment", values: [place.environmentTag] }],
    },
    // The plan looks for a certificate that is not in the state.
    everywhere(...actions("acm", "ListCertificates")),
    {
      name: "Certificates",
      // AWS chooses the id of a certificate.
      resources: [`arn:${place.partition}:acm:${place.region}:${place.account}:certificate/*`],
      read: actions("acm", "DescribeCertificate ListTagsForCertificate"),
      write: actions("acm", "AddTagsToCertificate"),
      condition: ofThisEnvironment(place),
    },
    // An untagged certificate can be somebody else's.
    {
      name: "OldCertificate",
      resources: [`arn:${place.partition}:acm:${place.region}:${place.account}:certificate/*`],
      write: actions("acm", "DeleteCertificate RemoveTagsFromCertificate"),
      condition: [{ test: "StringEquals", variable: "aws:ResourceTag/Environment", values: [place.environmentTag] }],
    },
  ],
  aws_acm_certificate_validation: () => [],
  aws_apigatewayv2_api_mapping: () => [],
  aws_apigatewayv2_domain_name: ({ domain_name, mutual_tls_authentication }, place) => {
    const path = (rest: string) => `arn:${place.partition}:apigateway:${place.region}::/domainnames${rest}`;
    const [, object] = /^s3:\/\/(.*)/.exec(mutual_tls_authentication?.truststore_uri) ?? [];
    return [
      {
        name: "Domains",
        resources: [
          path(`/${domain_name}`),
          path(`/${domain_name}/apimappings`),
          path(`/${domain_name}/apimappings/*`),
        ],
        read: actions("apigateway", "GET"),
        write: actions("apigateway", "DELETE PATCH POST PUT TagResource UntagResource"),
      },
      {
        name: "NewDomain",
        resources: [path("")],
        write: actions("apigateway", "POST TagResource"),
        condition: ofThisEnvironment(place),
      },
      ...(object
        ? [
            {
              name: "Truststore",
              resources: [`arn:${place.partition}:s3:::${object}`],
              write: actions("s3", "GetObject GetObjectVersion"),
            },
            {
              name: "TruststoreOfDomain",
              resources: [path(""), path(`/${domain_name}`)],
              write: actions("apigateway", "AddCertificateToDomain RemoveCertificateFromDomain"),
            },
          ]
        : []),
    ];
  },
  aws_route53_record: (_values, place) => records(place),
  "data.aws_route53_zone": (_values, { partition }) => [
    everywhere(...actions("route53", "ListHostedZones ListHostedZonesByName")),
    {
      name: "Zones",
      // Only an apply knows the id of a zone.
      resources: [`arn:${partition}:route53:::hostedzone/*`],
      read: actions("route53", "GetHostedZone ListResourceRecordSets ListTagsForResource"),
    },
  ],
};

/** @see https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-rrset-conditions.html */
function records(place: Place) {
  const { partition } = place;
  // ACM chooses the names of the records that prove a domain. A role gets no access to other names that only an apply knows.
  const proofs = namesOf("aws_acm_certificate", "domain_name", place).flatMap((name) => [name, `_*.${name}`]);
  const records = namesOf("aws_route53_record", "name", place).filter((name) => !name.includes("${"));
  const normalized = records.map((name) => name.toLowerCase().replace(/\.$/, "").replace("*", "\\052"));
  const values = [...new Set([...proofs, ...normalized])];
  const variable = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
  const changes = {
    name: "Records",
    resources: [`arn:${partition}:route53:::hostedzone/*`],
    write: actions("route53", "ChangeResourceRecordSets"),
    condition: [{ test: "ForAllValues:StringLike", variable, values }],
  };
  return [
    ...(values.length > 0 ? [changes] : []),
    {
      name: "RecordChanges",
      resources: [`arn:${partition}:route53:::change/*`],
      read: actions("route53", "GetChange"),
    },
  ];
}
