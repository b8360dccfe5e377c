import { type CertificateSummary, ListTagsForCertificateCommand, paginateListCertificates } from "@aws-sdk/client-acm";
import { GetApiMappingsCommand, GetDomainNameCommand } from "@aws-sdk/client-apigatewayv2";
import { ListResourceRecordSetsCommand, type RRType } from "@aws-sdk/client-route-53";
import type { Aws } from "../../aws";
import { by, type Finder, join } from "./finder";

const RECORD = ["zone_id", "name", "type", "set_identifier"];

/** Terraform cannot import the validation of a certificate, which therefore has no finder. */
export const DOMAIN_FINDERS: Readonly<Record<string, Finder>> = {
  // Another certificate of the name may belong to another system, and AWS issues any number of them.
  aws_acm_certificate: {
    attributes: ["domain_name"],
    find: async (aws, [name = ""], { tags_all }) => {
      const tags = Object.entries<string>(Object(tags_all));
      const arns: string[] = [];
      for await (const summary of certificatesOf(aws, name)) {
        if (tags.length > 0 && (await hasTags(aws, summary, tags))) arns.push(summary.CertificateArn ?? "");
      }
      return arns.length === 1 ? arns[0] : undefined;
    },
  },
  // Without a path, the mapping is that of all other paths.
  aws_apigatewayv2_api_mapping: {
    attributes: ["domain_name"],
    find: async ({ apigateway }, [DomainName = ""], { api_mapping_key: key }) => {
      if (key === undefined) return undefined;
      const { Items = [] } = await apigateway.send(new GetApiMappingsCommand({ DomainName, MaxResults: "500" }));
      const found = Items.find(({ ApiMappingKey }) => (ApiMappingKey ?? "") === (key ?? ""));
      return join(found?.ApiMappingId, found && DomainName);
    },
    // The rest of its arguments: a mapping of all other paths has none of its own.
    identity: [],
    likeness: ["domain_name", "api_mapping_key"],
  },
  aws_apigatewayv2_domain_name: by(
    ["domain_name"],
    async ({ apigateway }, DomainName) => (await apigateway.send(new GetDomainNameCommand({ DomainName }))).DomainName,
  ),
  aws_route53_record: {
    attributes: ["zone_id", "name", "type"],
    find: async ({ route53 }, [zone = "", name = "", type = ""], { allow_overwrite, set_identifier: set }) => {
      // Terraform writes such a record over an existing one, which several certificates of a name can share.
      if (allow_overwrite) return undefined;
      const { ResourceRecordSets = [] } = await route53.send(
        new ListResourceRecordSetsCommand({
          HostedZoneId: zone,
          StartRecordName: name,
          StartRecordType: type as RRType,
        }),
      );
      const exists = ResourceRecordSets.some(
        ({ Name, Type, SetIdentifier }) =>
          Type === type && plain(Name) === plain(name) && (SetIdentifier ?? "") === (set ?? ""),
      );
      return exists ? [zone, name, type, ...(set ? [set] : [])].join("_") : undefined;
    },
    identity: RECORD,
    likeness: RECORD,
  },
};

/** Certificates for this name alone that ACM has issued or may still issue. */
async function* certificatesOf({ acm }: Aws, name: string): AsyncGenerator<CertificateSummary> {
  const pages = paginateListCertificates({ client: acm }, { CertificateStatuses: ["ISSUED", "PENDING_VALIDATION"] });
  for await (const { CertificateSummaryList = [] } of pages) {
    for (const summary of CertificateSummaryList) {
      const { DomainName, Type, SubjectAlternativeNameSummaries: names = [name] } = summary;
      if (DomainName === name && Type === "AMAZON_ISSUED" && names.every((each) => each === name)) yield summary;
    }
  }
}

async function hasTags({ acm }: Aws, { CertificateArn }: CertificateSummary, wanted: [string, string][]) {
  try {
    const { Tags = [] } = await acm.send(new ListTagsForCertificateCommand({ CertificateArn }));
    return wanted.every(([key, value]) => Tags.some((tag) => tag.Key === key && tag.Value === value));
  } catch (error) {
    // The roles may read the certificates of their own environment only.
    if ((error as Error).name === "AccessDeniedException") return false;
    throw error;
  }
}

/** A record's name as it is configured: Route 53 ends it with a dot, and writes characters such as `*` as octal codes. */
function plain(name = ""): string {
  const text = name.replace(/\\(\d{3})/g, (_code, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  return text.replace(/\.$/, "").toLowerCase();
}
