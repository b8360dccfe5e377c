import { z } from "zod";

/** What the message of a mistake says of a setting: `Use a whole number from 128 to 10240 (MB).` */
export function whatIsAllowed(setting: z.core.$ZodType): string | undefined {
  const [mistake] = z.safeParse(setting, null).error?.issues ?? [];
  return mistake?.message.startsWith("use ") ? `U${mistake.message.slice(1)}.` : undefined;
}
