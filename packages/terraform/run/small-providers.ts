import { randomInt } from "node:crypto";
import { renderTime } from "@local/command-line/text/time";
import { RANDOM_RESOURCES } from "./random-provider";
import type { StandInResource } from "./stand-in";

/** The resources of providers that have stand-ins for machines without the real ones, by the providers' sources. */
export const SMALL_PROVIDERS: Readonly<Record<string, Readonly<Record<string, StandInResource>>>> = {
  "hashicorp/random": RANDOM_RESOURCES,
  "hashicorp/null": {
    // Terraform itself runs its provisioners.
    null_resource: {
      attributes: [
        { name: "id", type: '"string"', computed: true },
        { name: "triggers", type: '["map","string"]', optional: true },
      ],
      create: (inputs) => ({ ...inputs, id: String(randomInt(2 ** 47)) }),
    },
  },
  "hashicorp/time": {
    // The emulator has no change for which Terraform would have to wait.
    time_sleep: {
      attributes: [
        { name: "id", type: '"string"', computed: true },
        { name: "create_duration", type: '"string"', optional: true },
        { name: "destroy_duration", type: '"string"', optional: true },
        { name: "triggers", type: '["map","string"]', optional: true },
      ],
      create: (inputs) => ({ ...inputs, id: renderTime(new Date()) }),
    },
  },
};
