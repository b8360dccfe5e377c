import type { Construct } from "constructs";

type Keys<Props> = Props extends unknown ? keyof Props : never;
type At<Props, Key> = Props extends unknown ? (Key extends keyof Props ? Props[Key] : never) : never;

/** Settings whose every field is one of the props, at each level. All others have the type `never`. */
type Known<Settings, Props> = Settings extends readonly unknown[] | string | number | boolean | undefined
  ? Settings
  : { [Key in keyof Settings]: Key extends Keys<Props> ? Known<Settings[Key], At<Props, Key>> : never };

/** Returns a construct's settings. A spread alone would silently drop an optional setting that has another name there. */
export function only<Props, Settings>(
  _construct: new (scope: Construct, id: string, props: Props) => Construct,
  settings: Settings & Known<Settings, Props>,
): Settings {
  return settings;
}
