import { physicalName, type Settings } from "../settings";

/** The physical names of the system's resources, for the system and for whoever is granted to deploy it. */
export function systemNames({ environment, region }: Settings) {
  const name = (base: string) => physicalName(base, environment);
  return {
    api: name("RequestProcessorAPI"),
    deadLetterQueue: name("RequestProcessorDeadLetters"),
    function: name("RequestProcessorFunction"),
    logBucket: (accountId: string) => name(`api-logs-${accountId}-${region}`),
    logStream: name("api-request-logs"),
    rule: name("LambdaDailySchedule"),
    table: name("RequestDataTable"),
    /** Names the alarms, their topic and the dashboard. */
    monitoring: name,
  };
}
