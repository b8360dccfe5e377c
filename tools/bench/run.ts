// `npm run bench`: compares this project's costs with alternatives. Each figure is a ratio to something measured in the
// same run, so that it means the same on every machine. If a ratio misses its bar, the exit code is 1.
//
// synth     time and memory of `npm run synth` and of `cdktf synth`, against `cdktf synth` as the CDKTF template has it
// function  CPU time and memory of the function, against a handler in the manner of the template that it replaces
// gateway   `npm start` against Terraform alone; its answers against the PutItem that they hold; the cost of the open
//           console for them; growth of memory and descriptors
// console   the page with 5,000 runs: its first paint and its longest frames against times that a person notices; its memory
// queue     a worker that fails a tenth of 1,000 messages, against receiving and deleting them without it; each message counts
//
// The table goes to standard output, the progress to standard error. It takes five minutes on an idle machine. Beside
// other work, figures close to their bars may miss them.

import { findPython } from "@local/aws-on-this-machine/emulator/python";
import { findChromium } from "@local/aws-on-this-machine/testing/chromium";
import { beforeShutdown, shutDown } from "@local/command-line/process/shutdown";
import { measureConsole } from "./console/run";
import { measureFunction } from "./function/run";
import { measureGateway, measureStarts } from "./gateway/run";
import { endProgress, isMet, progress, renderTable } from "./measure";
import { measureQueue } from "./queue/run";
import { measureSynth } from "./synth/run";

async function main(): Promise<void> {
  beforeShutdown(async () => endProgress());
  process.exitCode = 1;
  try {
    const python = await findPython(progress);
    await findChromium();
    // Runs alone, because its figures are wall time.
    const synth = await measureSynth(python);
    const page = await measureConsole();
    const queue = await measureQueue(python);
    // Runs beside the deployments, which mostly wait. Its figures are CPU time and memory, its two handlers take turns,
    // and both deployments suffer from it alike.
    const [{ system, rows: starts }, functionRows] = await Promise.all([
      measureStarts(python),
      measureFunction(python).finally(() => progress("npm start, and Terraform alone beside it")),
    ]);
    const rows = [...synth, ...page, ...queue, ...functionRows, ...starts, ...(await measureGateway(system))];
    endProgress();
    console.log(renderTable(rows));
    process.exitCode = rows.every(isMet) ? 0 : 1;
  } catch (error) {
    endProgress();
    console.error(error);
  }
  await shutDown();
}

void main();
