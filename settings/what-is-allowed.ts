import { z } from "zod";

/**
 * Returns the part of a setting's error message that names the allowed values:
 * `Use a whole number from 128 to 10240 (MB).`
 */
export function whatIsAllowed(setting: z.core.$ZodType): string | undefined {
  const [mistake] = z.safeParse(setting, null).error?.issues ?? [];
  return mistake?.message.startsWith("use ") ? `U${mistake.message.slice(1)}.` : undefined;
}
