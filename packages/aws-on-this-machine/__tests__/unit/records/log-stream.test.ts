import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { LogStream } from "../../../records/log-stream";

let sent: (string | undefined)[][];
let told: string[];
let failure: Error | undefined;
let stream: LogStream;

beforeEach(() => {
  [sent, told, failure] = [[], [], undefined];
  const logs = new CloudWatchLogsClient({ region: "us-west-2" });
  logs.send = (async (command: object) => {
    if (failure) throw failure;
    if (command instanceof PutLogEventsCommand)
      sent.push((command.input.logEvents ?? []).map(({ message }) => message));
  }) as never;
  const onError = ({ message }: Error) => told.push(message);
  stream = new LogStream({ logs, logGroupName: "group", logStreamName: "stream", onError });
});

test("lines are sent together; an empty one, which CloudWatch Logs refuses, is a line's end", async () => {
  for (const line of ["first", "", "second"]) stream.write(line);
  await stream.flush();
  expect(sent).toEqual([["first", "\n", "second"]]);
});

test("that lines are lost is told each time when that begins, and known as long as it lasts", async () => {
  const write = async (line: string, error?: Error) => {
    failure = error;
    stream.write(line);
    await stream.flush();
    return stream.failure?.message;
  };
  expect(await write("a", new Error("no group"))).toBe("no group");
  expect(await write("b", new Error("no stream"))).toBe("no stream");
  expect(await write("c")).toBeUndefined();
  expect(await write("d", new Error("no group"))).toBe("no group");
  expect([told, sent]).toEqual([["no group", "no group"], [["c"]]]);
});

test.each([true, false])("a missing group is created with the first line, if that is wanted: %s", async (isWanted) => {
  const commands: string[] = [];
  const logs = new CloudWatchLogsClient({ region: "us-west-2" });
  let hasGroup = false;
  logs.send = (async (command: object) => {
    commands.push(command.constructor.name);
    if (command instanceof CreateLogGroupCommand) hasGroup = true;
    if (command instanceof CreateLogStreamCommand && !hasGroup)
      throw Object.assign(new Error("no group"), { name: "ResourceNotFoundException" });
  }) as never;
  const onError = ({ message }: Error) => told.push(message);
  const createsGroup = () => isWanted;
  const own = new LogStream({ logs, logGroupName: "group", logStreamName: "stream", createsGroup, onError });
  expect(commands).toEqual([]);
  own.write("first");
  await own.flush();
  const opened = ["CreateLogStreamCommand", "CreateLogGroupCommand", "CreateLogStreamCommand", "PutLogEventsCommand"];
  expect([commands, told]).toEqual(isWanted ? [opened, []] : [["CreateLogStreamCommand"], ["no group"]]);
});
