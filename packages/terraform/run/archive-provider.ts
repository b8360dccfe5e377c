import { resolve } from "node:path";
import { type ArchiveFile, writeArchive } from "./archive/archive-file";
import { type Attribute, type BlockType, type StandIn, startStandIn } from "./stand-in";

const STRING = '"string"';

/**
 * The attributes of `archive_file`, the data source and the resource.
 * @see https://registry.terraform.io/providers/hashicorp/archive/2.7.1/docs/data-sources/file
 */
const ATTRIBUTES: readonly Attribute[] = [
  { name: "type", type: STRING, required: true },
  { name: "output_path", type: STRING, required: true },
  { name: "output_file_mode", type: STRING, optional: true },
  { name: "source_dir", type: STRING, optional: true },
  { name: "source_file", type: STRING, optional: true },
  { name: "source_content", type: STRING, optional: true, sensitive: true },
  { name: "source_content_filename", type: STRING, optional: true },
  { name: "excludes", type: '["set","string"]', optional: true },
  { name: "exclude_symlink_directories", type: '"bool"', optional: true },
  ...[
    "id",
    "output_md5",
    "output_sha",
    "output_sha256",
    "output_base64sha256",
    "output_sha512",
    "output_base64sha512",
  ].map((name) => ({ name, type: STRING, computed: true })),
  { name: "output_size", type: '"number"', computed: true },
];

const SOURCE: BlockType = {
  type_name: "source",
  nesting: "SET",
  block: {
    attributes: [
      { name: "content", type: STRING, required: true, sensitive: true },
      { name: "filename", type: STRING, required: true },
    ],
  },
};

/**
 * Starts a stand-in for the `hashicorp/archive` provider, for machines without the real one and for folders that it must not
 * change. It serves `archive_file` with zip files. The protocol does not send Terraform's working folder, from which
 * relative paths start.
 *
 * @param beforeWrite called with the absolute path of each archive
 */
export async function startArchiveProvider(
  socket: string,
  folder: string,
  beforeWrite: (path: string) => void = () => {},
): Promise<StandIn> {
  const source = (path: string) => resolve(folder, path);
  const output = (path: string) => {
    beforeWrite(source(path));
    return source(path);
  };
  const archive_file = {
    attributes: ATTRIBUTES,
    blocks: [SOURCE],
    create: (inputs: ArchiveFile) => writeArchive(inputs, { source, output }),
  };
  const name = "hashicorp/archive";
  // The resource is deprecated.
  return startStandIn({ socket, name, resources: { archive_file }, dataSources: { archive_file } });
}
