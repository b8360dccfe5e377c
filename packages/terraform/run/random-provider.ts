import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Attribute, StandInResource } from "./stand-in";

const [STRING, NUMBER, BOOL, STRINGS] = ['"string"', '"number"', '"bool"', '["list","string"]'] as const;

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

const WORDS: readonly [name: string, adjective: string, adverb: string][] = [
  ["otter", "calm", "gladly"],
  ["heron", "bold", "neatly"],
  ["lynx", "swift", "mildly"],
  ["finch", "keen", "rarely"],
  ["bison", "quiet", "boldly"],
  ["gecko", "bright", "evenly"],
  ["moose", "gentle", "firmly"],
  ["raven", "proud", "warmly"],
];

function resource(attributes: readonly Attribute[], create: StandInResource["create"]): StandInResource {
  const keepers: Attribute = { name: "keepers", type: '["map","string"]', optional: true };
  const id: Attribute = { name: "id", type: STRING, computed: true };
  return { attributes: [keepers, id, ...attributes], create: (inputs) => ({ ...inputs, ...create(inputs) }) };
}

function input(name: string, type: string): Attribute {
  return { name, type, optional: true };
}

function withDefault(name: string, type: string, value: unknown): Attribute {
  return { name, type, optional: true, computed: true, default: value };
}

function required(name: string, type: string): Attribute {
  return { name, type, required: true };
}

function output(name: string, type: string = STRING): Attribute {
  return { name, type, computed: true };
}

const CHARACTERS: readonly Attribute[] = [
  required("length", NUMBER),
  ...["upper", "lower", "numeric", "number", "special"].map((name) => withDefault(name, BOOL, true)),
  ...["min_upper", "min_lower", "min_numeric", "min_special"].map((name) => withDefault(name, NUMBER, 0)),
  input("override_special", STRING),
];

/** The characters of a string or a password, in a random order. */
interface CharacterInputs {
  readonly length: number;
  readonly upper: boolean;
  readonly lower: boolean;
  readonly numeric: boolean;
  /** The old name of `numeric`. */
  readonly number: boolean;
  readonly special: boolean;
  readonly min_upper: number;
  readonly min_lower: number;
  readonly min_numeric: number;
  readonly min_special: number;
  readonly override_special: string | null;
}

function characters(inputs: CharacterInputs): string {
  const groups = [
    { isUsed: inputs.upper, least: inputs.min_upper, of: LETTERS.toUpperCase() },
    { isUsed: inputs.lower, least: inputs.min_lower, of: LETTERS },
    { isUsed: inputs.numeric && inputs.number, least: inputs.min_numeric, of: DIGITS },
    { isUsed: inputs.special, least: inputs.min_special, of: inputs.override_special || SPECIAL },
  ];
  const pick = (from: string, count: number) => Array.from({ length: count }, () => from[randomInt(from.length)]);
  const chosen = groups.flatMap(({ least, of }) => pick(of, least));
  const all = groups.map(({ isUsed, of }) => (isUsed ? of : "")).join("");
  if (!all) throw new Error("One of upper, lower, numeric and special must be true.");
  if (chosen.length > inputs.length) throw new Error(`length is ${inputs.length}, which is less than the minima need.`);
  return shuffle([...chosen, ...pick(all, inputs.length - chosen.length)]).join("");
}

function shuffle<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, key: randomInt(2 ** 32) }))
    .sort((one, other) => one.key - other.key)
    .map(({ item }) => item);
}

function pet(length: number): string[] {
  const word = (kind: 0 | 1 | 2) => (WORDS[randomInt(WORDS.length)] ?? WORDS[0])?.[kind] ?? "";
  const adverbs = Array.from({ length: Math.max(0, length - 2) }, () => word(2));
  return [...adverbs, word(1), word(0)].slice(-length);
}

/**
 * The resources of `hashicorp/random`. A seed has no effect.
 * @see https://registry.terraform.io/providers/hashicorp/random/3.7.2/docs
 */
export const RANDOM_RESOURCES: Readonly<Record<string, StandInResource>> = {
  random_id: resource(
    [
      required("byte_length", NUMBER),
      input("prefix", STRING),
      ...["b64_url", "b64_std", "hex", "dec"].map((name) => output(name)),
    ],
    ({ byte_length, prefix }) => {
      const bytes = randomBytes(byte_length);
      const encoded = {
        b64_url: bytes.toString("base64url"),
        b64_std: bytes.toString("base64"),
        hex: bytes.toString("hex"),
        dec: BigInt(`0x${bytes.toString("hex")}`).toString(),
      };
      const prefixed = Object.entries(encoded).map(([name, text]) => [name, `${prefix ?? ""}${text}`]);
      return { id: encoded.b64_url, ...Object.fromEntries(prefixed) };
    },
  ),
  random_pet: resource(
    [withDefault("length", NUMBER, 2), input("prefix", STRING), withDefault("separator", STRING, "-")],
    ({ length, prefix, separator }) => ({ id: [...(prefix ? [prefix] : []), ...pet(length)].join(separator) }),
  ),
  random_string: resource([...CHARACTERS, output("result")], (inputs) => {
    const result = characters(inputs);
    return { id: result, result };
  }),
  random_password: resource([...CHARACTERS, { ...output("result"), sensitive: true }], (inputs) => ({
    id: "none",
    result: characters(inputs),
  })),
  random_integer: resource(
    [required("min", NUMBER), required("max", NUMBER), input("seed", STRING), output("result", NUMBER)],
    ({ min, max }) => {
      const result = randomInt(min, max + 1);
      return { id: String(result), result };
    },
  ),
  random_uuid: resource([output("result")], () => {
    const result = randomUUID();
    return { id: result, result };
  }),
  random_shuffle: resource(
    [required("input", STRINGS), input("result_count", NUMBER), input("seed", STRING), output("result", STRINGS)],
    ({ input: items, result_count }) => ({ id: "-", result: shuffle(items).slice(0, result_count ?? items.length) }),
  ),
};
