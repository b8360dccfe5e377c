type Operator = readonly [rank: number, apply: (left: number, right: number) => number];

const either: Operator = [1, (left, right) => Number(left !== 0 || right !== 0)];
const both: Operator = [2, (left, right) => Number(left !== 0 && right !== 0)];

const OPERATORS: Readonly<Record<string, Operator>> = {
  "||": either,
  OR: either,
  "&&": both,
  AND: both,
  "==": [3, (left, right) => Number(left === right)],
  "!=": [3, (left, right) => Number(left !== right)],
  "<": [3, (left, right) => Number(left < right)],
  "<=": [3, (left, right) => Number(left <= right)],
  ">": [3, (left, right) => Number(left > right)],
  ">=": [3, (left, right) => Number(left >= right)],
  "+": [4, (left, right) => left + right],
  "-": [4, (left, right) => left - right],
  "*": [5, (left, right) => left * right],
  "/": [5, (left, right) => left / right],
  "^": [6, (left, right) => left ** right],
};

/**
 * Evaluates CloudWatch's metric math: arithmetic, comparisons, logic and `IF`. Returns undefined for all other expressions.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function evaluateMath(expression: string, values: Readonly<Record<string, number>>): number | undefined {
  const tokens = expression.match(/&&|\|\||[<>=!]=|[\w.]+|\S/g) ?? [];
  const known = new Map(Object.entries(values));
  const operand = (): number => {
    const token = tokens.shift() ?? "";
    if (token === "-") return -operand();
    if (token === "(") return upTo(")");
    if (token === "IF" && tokens.shift() === "(") {
      const [condition, then, otherwise] = [upTo(","), upTo(","), upTo(")")];
      return condition === 0 ? otherwise : then;
    }
    const value = known.get(token) ?? Number(token || Number.NaN);
    if (Number.isNaN(value)) throw new SyntaxError(`${token} in ${expression}`);
    return value;
  };
  /** The value of the operators from a rank on. */
  const term = (rank: number): number => {
    let left = operand();
    for (let next = OPERATORS[tokens[0] ?? ""]; next && next[0] >= rank; next = OPERATORS[tokens[0] ?? ""]) {
      tokens.shift();
      left = next[1](left, term(next[0] + 1));
    }
    return left;
  };
  const upTo = (end: string | undefined): number => {
    const value = term(1);
    if (tokens.shift() !== end) throw new SyntaxError(expression);
    return value;
  };
  try {
    return upTo(undefined);
  } catch {
    return undefined;
  }
}
