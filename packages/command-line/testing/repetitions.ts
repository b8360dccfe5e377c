/** The number of repetitions in a test. `REPETITIONS=full`, as in the weekly workflow, has all of them. */
export function repetitions(all: number, usual = 3): number {
  return process.env.REPETITIONS === "full" ? all : usual;
}
