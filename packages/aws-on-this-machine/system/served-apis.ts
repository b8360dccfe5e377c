import type { Server } from "node:http";
import { close, listen, serverUrl } from "@local/command-line/server";
import type { Debugging } from "../function/debugging/debugging";
import { findMapping } from "../gateway/domains/find-mapping";
import { HttpGateway, SERVER_OPTIONS } from "../gateway/http-gateway";
import { LocalIssuer } from "../gateway/tokens/local-issuer";
import type { DeployedApi } from "../inventory/apis";
import type { DeployedDomain } from "../inventory/domains";
import type { LogStream } from "../records/log-stream";
import { type ApiRunsProps, keepApiRuns } from "../runs/api-runs";

/** The maximum wait for requests under way at the end, in milliseconds. */
const LAST_ANSWERS_MS = 3000;

export interface ServedApi {
  readonly deployed: DeployedApi;
  readonly url: string;
  /** The domains that lead to it, with the paths there, such as `api.example.com/orders`. */
  readonly domains: readonly string[];
  /** The access logs of its stages, by their log groups. */
  readonly accessLogs: ReadonlyMap<string | undefined, LogStream>;
}

export interface ServedApisProps extends Omit<ApiRunsProps, "deployed" | "accessLogs"> {
  /** Serves one API: as long as it exists the same one, at first the one with the first address. Others have free ports. */
  readonly apiServer: Server;
  readonly openLog: (logGroup: string) => LogStream;
  /** While functions have debuggers, a request may take any time. */
  readonly debugging?: Debugging;
}

interface Served extends Omit<ServedApi, "domains"> {
  readonly server: Server;
  readonly gateway: HttpGateway;
}

/** The HTTP APIs that answer here. */
export class ServedApis {
  private readonly byAddress = new Map<string, Served>();
  private domains: readonly DeployedDomain[] = [];

  private readonly localIssuer = new LocalIssuer();

  constructor(private readonly props: ServedApisProps) {}

  /** The API of the given server, and the others by their addresses. */
  get all(): ServedApi[] {
    const { apiServer } = this.props;
    const others = [...this.byAddress].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, api]) => api);
    return others
      .sort((one, other) => Number(other.server === apiServer) - Number(one.server === apiServer))
      .map((api) => ({ ...api, domains: this.domainsOf(api) }));
  }

  /** Goes on with these APIs. Requests under way end with the former ones. */
  async update(deployed: readonly DeployedApi[], domains: readonly DeployedDomain[]): Promise<void> {
    this.domains = domains;
    const addresses = new Set(deployed.map(({ address }) => address));
    const gone = [...this.byAddress].filter(([address]) => !addresses.has(address));
    // First, so that an API with a new address has the place of the former one.
    const removed = Promise.all(gone.map(([address, api]) => this.remove(address, api)));
    for (const api of [...deployed].sort((one, other) => (one.address < other.address ? -1 : 1))) {
      await this.serve(api);
    }
    await removed;
  }

  /** Issues a token that only these APIs trust. Claims that are not given are as an API's authorizer requires them. */
  async issueToken(claims: Readonly<Record<string, unknown>>): Promise<string> {
    return this.localIssuer.issue(
      this.all.map(({ deployed }) => deployed),
      claims,
    );
  }

  /** Answers the requests under way, and closes the servers. */
  async stop(): Promise<void> {
    await Promise.all([...this.byAddress.values()].map(({ server }) => close(server, LAST_ANSWERS_MS)));
  }

  async flush(): Promise<void> {
    await Promise.all(this.all.map(flushLogs));
  }

  private async serve(deployed: DeployedApi): Promise<void> {
    const { address, stages } = deployed;
    const known = this.byAddress.get(address);
    const server = known?.server ?? (await this.openServer());
    const groups = new Set(stages.flatMap(({ accessLogGroup }) => accessLogGroup ?? []));
    const logOf = (group: string) => known?.accessLogs.get(group) ?? this.props.openLog(group);
    const accessLogs = new Map([...groups].map((group) => [group, logOf(group)]));
    const runs = keepApiRuns({ ...this.props, deployed, accessLogs });
    const hasTimeLimit = !this.props.debugging;
    const { localIssuer, findDomain } = this;
    const gateway = new HttpGateway({ ...runs, localIssuer, hasTimeLimit, findDomain });
    gateway.serve(server);
    this.byAddress.set(address, { deployed, url: serverUrl(server), accessLogs, server, gateway });
  }

  private readonly findDomain = (host: string | undefined, path: string) => {
    const found = findMapping(this.domains, host, path);
    if (!found) return undefined;
    const apiId = found.mapping?.ApiId;
    const gateway = [...this.byAddress.values()].find(({ deployed }) => deployed.api.ApiId === apiId)?.gateway;
    // An API of another stack does not answer here.
    return { ...found, mapping: gateway && found.mapping, gateway };
  };

  private domainsOf({ deployed }: Served): string[] {
    return this.domains.flatMap(({ name, mappings }) =>
      mappings
        .filter(({ ApiId }) => ApiId === deployed.api.ApiId)
        .map(({ ApiMappingKey }) => [name, ...(ApiMappingKey ? [ApiMappingKey] : [])].join("/")),
    );
  }

  private async openServer(): Promise<Server> {
    const { apiServer } = this.props;
    const isFree = [...this.byAddress.values()].every(({ server }) => server !== apiServer);
    return isFree ? apiServer : listen(0, "--port", SERVER_OPTIONS);
  }

  private async remove(address: string, api: Served) {
    const { server } = api;
    this.byAddress.delete(address);
    if (server === this.props.apiServer) answerWithoutApi(server);
    else await close(server, LAST_ANSWERS_MS);
    await flushLogs(api);
  }
}

/** Answers the requests to a server until it serves an API. */
export function answerWithoutApi(server: Server): void {
  server.removeAllListeners("request").on("request", (_request, response) => {
    response.writeHead(404, { "content-type": "application/json" }).end('{"message":"There is no HTTP API."}');
  });
}

export async function flushLogs({ accessLogs }: Pick<ServedApi, "accessLogs">): Promise<void> {
  await Promise.all([...accessLogs.values()].map((log) => log.flush()));
}
