/**
 * AWS's partitions, with their Regions and their differences. A test compares this list with the list of AWS's SDK.
 * The isolated partitions are not in it: their consoles have no public address, and they have no HTTP APIs.
 */
const PARTITIONS = [
  {
    partition: "aws",
    consoleDomain: "console.aws.amazon.com",
    logsService: "logs.amazonaws.com",
    regions: [
      ["af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1"],
      ["ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5"],
      ["ap-southeast-6", "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1"],
      ["eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1"],
      ["me-west-1", "mx-central-1", "sa-east-1", "sa-west-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"],
    ].flat(),
  },
  {
    partition: "aws-cn",
    consoleDomain: "console.amazonaws.cn",
    // Of the services here, only this one has another name there.
    logsService: "logs.amazonaws.com.cn",
    regions: ["cn-north-1", "cn-northwest-1"],
  },
  {
    partition: "aws-us-gov",
    consoleDomain: "console.amazonaws-us-gov.com",
    logsService: "logs.amazonaws.com",
    regions: ["us-gov-east-1", "us-gov-west-1"],
  },
  {
    partition: "aws-eusc",
    consoleDomain: "console.amazonaws-eusc.eu",
    logsService: "logs.amazonaws.com",
    regions: ["eusc-de-east-1"],
  },
];

/** The Regions that can be set. */
export const REGIONS: readonly string[] = PARTITIONS.flatMap(({ regions }) => regions);

/**
 * The Regions that opened after Terraform 1.10 or version 5.100 of the AWS provider, which this application also supports.
 * Terraform and the provider refuse a Region that they do not know.
 */
export const RECENT_REGIONS =
  "ap-east-2 ap-southeast-6 ap-southeast-7 eusc-de-east-1 me-west-1 mx-central-1 sa-west-1".split(" ");

/** The name of the Region's partition, the domain of its console and its principal of CloudWatch Logs. */
export function partitionOf(region: string): Omit<(typeof PARTITIONS)[number], "regions"> {
  const found = PARTITIONS.find(({ regions }) => regions.includes(region));
  if (!found) throw new Error(`${region} is not in stacks/regions.ts`);
  return found;
}
