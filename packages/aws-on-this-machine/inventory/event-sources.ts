import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import type { ResourceRef } from "./resource-ref";

export interface EventSourceResource {
  readonly address: string;
  readonly mapping: EventSourceMappingConfiguration;
}

export async function readEventSource(
  lambda: LambdaClient,
  { address, id: UUID }: ResourceRef,
): Promise<EventSourceResource> {
  const { $metadata: _, ...mapping } = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
  return { address, mapping };
}
