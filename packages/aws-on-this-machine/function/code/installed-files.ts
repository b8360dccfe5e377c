interface Entry {
  readonly name: string;
  readonly content: () => Buffer;
}

/** A line's first field in a `RECORD`, which is CSV. */
const RECORDED = /^(?:"((?:[^"]|"")*)"|([^,\r\n]+))/gm;

/**
 * The files of the packages in a function's zip file that its `requirements.txt` stands for, by the lists that the packages
 * have. They are for Lambda's machine.
 */
export function installedFiles(entries: readonly Entry[]): ReadonlySet<string> {
  if (!entries.some(({ name }) => name === "requirements.txt")) return new Set();
  const records = entries.filter(({ name }) => /^[^/]+\.dist-info\/RECORD$/.test(name));
  const paths = records.flatMap(({ content }) => [...content().toString().matchAll(RECORDED)]);
  return new Set(paths.map(([, quoted, bare = ""]) => quoted?.replaceAll('""', '"') ?? bare));
}
