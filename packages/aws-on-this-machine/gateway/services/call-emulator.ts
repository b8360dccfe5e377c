import type { ServiceAnswer, ServiceCall } from "./service-integration";

/** Calls the services of an emulator. It looks at no signature. */
export function callEmulator(endpoint: string, region: string) {
  return async ({ service, headers, body }: ServiceCall): Promise<ServiceAnswer> => {
    const scope = `test/20260101/${region}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
    const response = await fetch(endpoint, { method: "POST", headers: { ...headers, authorization }, body });
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  };
}
